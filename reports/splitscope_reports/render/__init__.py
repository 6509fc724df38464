"""One module per form of output; each turns results or comparisons into text or pictures."""
