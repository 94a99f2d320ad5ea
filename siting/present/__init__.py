"""What readers see: layers, tables, maps, reports and files."""
