"""How near each other real browsers play: `python -m bench.together`."""
