"""What is wrong with a corpus, found before training. Not for counting what is in it (see train.corpus_stats)."""

from train.audit.audit import AuditOptions, audit_files
from train.audit.codes import CODES
from train.audit.findings import Example, Finding, Report
from train.audit.text import format_report

__all__ = ["CODES", "AuditOptions", "Example", "Finding", "Report", "audit_files", "format_report"]
