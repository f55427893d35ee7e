"""What can be asked: one function a verb, from the names a caller writes to the rows he gets.

The command line and the service both answer with these, so an answer has one meaning and one set
of fields. Nothing here prints, and nothing decides: the rooms below do.
"""

from crosswalk.verbs.values import Answer, Document, Text, as_csv, as_json, as_row, cell, plain

__all__ = ["Answer", "Document", "Text", "as_csv", "as_json", "as_row", "cell", "plain"]
