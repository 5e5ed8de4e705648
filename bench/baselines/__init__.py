"""Small servers to compare with. None of them stores anything."""
