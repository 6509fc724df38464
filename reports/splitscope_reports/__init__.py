"""Reads splitscope results: validate, compare, gate, render. Never runs a measurement."""
