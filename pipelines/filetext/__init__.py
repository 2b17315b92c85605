"""Takes the text out of attachment files, in a child process that may fail in any way without harm.

    with FileTexts() as texts:
        found = texts.extract(Path("quyet-dinh.pdf"), "application/pdf")

What the child can read stands in `formats.py`; what it may use up, in `limits.py`.

Text that was typed for a font (TCVN3, VNI: common in Vietnamese files from before 2005) is given as it stands in the
file: to whoever looks at bytes it is Western text.
"""

from pipelines.filetext.answer import FileText, TextState
from pipelines.filetext.child import FileTexts, extract_text
from pipelines.filetext.limits import Limits
from pipelines.filetext.optional import lacks_library

__all__ = ["FileText", "FileTexts", "Limits", "TextState", "extract_text", "lacks_library"]
