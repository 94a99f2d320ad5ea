"""Any table with our column names and coordinates: text files, workbooks, GIS files, rasters, databases."""
