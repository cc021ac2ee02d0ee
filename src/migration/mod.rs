//! The migration directory, its checksum file, and safe writing.
