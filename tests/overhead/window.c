/* Preloaded behind the heap shim: opens its window as soon as the program starts. */
extern void splitscope_heap_open(void);

__attribute__((constructor)) static void open_window(void) { splitscope_heap_open(); }
