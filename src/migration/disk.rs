//! The points at which writing a migration may fail, so that tests can make it fail at each.

use std::io;

/// The points at which writing may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Point {
    Create,
    Write,
    Sync,
    Name,
    NameSum,
    SyncDir,
}

/// What writing goes through, so that tests can make it fail.
#[derive(Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub(super) fault: Option<Box<dyn FnMut(Point) -> io::Result<()> + Send>>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    #[cfg(test)]
    pub(super) fn reach(&mut self, point: Point) -> io::Result<()> {
        self.fault.as_mut().map_or(Ok(()), |fault| fault(point))
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "tests fail here"
    )]
    pub(super) fn reach(&mut self, _point: Point) -> io::Result<()> {
        Ok(())
    }
}
