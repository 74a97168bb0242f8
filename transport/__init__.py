"""Datasets in the file formats that agencies take: SAS version 5 transport files, written and read."""

from transport.dataset_json import read_dataset_json
from transport.xpt import Column, Xpt, XptWriter, byte_lengths, fit_columns, read_xpt, write_xpt

__all__ = ["Column", "Xpt", "XptWriter", "byte_lengths", "fit_columns", "read_dataset_json", "read_xpt", "write_xpt"]
