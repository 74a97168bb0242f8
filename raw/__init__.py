"""Raw data as collected: read, named record by record, and accounted for."""

from raw.account import FormAccount, account_for, collect_drops, drop_records, merge_accounts, report_account
from raw.block import RawBlock
from raw.delimited import Export, open_export
from raw.records import add_record_ids, collapse_records, split_records
from raw.store import RawStore, fill_store, read_block

__all__ = [
    "Export", "FormAccount", "RawBlock", "RawStore", "account_for", "add_record_ids", "collapse_records",
    "collect_drops",
    "drop_records", "fill_store", "merge_accounts", "open_export", "read_block", "report_account", "split_records",
]
