"""What a submission is packed of."""

from submission.manifest import compare_manifests, file_hash, read_manifest, write_manifest

__all__ = ["compare_manifests", "file_hash", "read_manifest", "write_manifest"]
