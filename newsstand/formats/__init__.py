"""Files of documents: JSONL, CSV, TSV and Parquet, as streams. Not for articles as web pages or plain text."""

from newsstand.formats.atomic import atomic_path
from newsstand.formats.columns import Columns
from newsstand.formats.header import CorpusHeader
from newsstand.formats.reading import read_documents, read_header
from newsstand.formats.writing import write_documents

__all__ = ["Columns", "CorpusHeader", "atomic_path", "read_documents", "read_header", "write_documents"]
