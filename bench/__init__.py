"""Benchmarks that anyone can run: `make bench`. docs/benchmarks.md says what each row means."""
