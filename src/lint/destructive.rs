//! Values that are stored now are gone afterwards.

use super::{Analyzer, Risk};
use crate::schema::change::{Change, Edit, TableChange};

pub(super) const ANALYZER: Analyzer = Analyzer {
    risk: Risk::LosesData,
    // What a schema held comes as changes of its own.
    object: |change| matches!(change, Change::DropTable { .. }),
    part: |change, _| match change {
        // What is computed can be computed again.
        TableChange::Column(Edit::Drop(column)) => column.generated.is_none(),
        TableChange::Column(Edit::Modify { from, to }) => {
            to.generated.is_some() && from.generated.is_none()
        }
        _ => false,
    },
};
