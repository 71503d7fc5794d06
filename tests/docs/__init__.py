"""What the documentation says is tried: its Python runs, its templates parse."""
