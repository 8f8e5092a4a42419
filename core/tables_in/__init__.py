"""Tables that people hand in: CSV, Excel (.xlsx) and OpenDocument (.ods) as rows of cells.

``read_table(path)`` looks at what a file holds, not at its name, and refuses with a sentence whatever is damaged,
protected, of another kind, with macros, or far too large.  What the columns mean is the caller's business.

    table = read_table(Path("people.xlsx"), sheet="Class 7")
    for row in table.rows:              # empty rows are left out
        print(row.number, row.text(0))  # the number that Excel shows beside the row; "" where there is no cell
"""

from core.tables_in.guard import guarded, unguarded
from core.tables_in.reading import read_table
from core.tables_in.records import Cell, Kind, Row, Table

__all__ = ["Cell", "Kind", "Row", "Table", "guarded", "read_table", "unguarded"]
