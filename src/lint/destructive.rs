//! Values that are stored now are gone afterwards.

use super::{Analyzer, Risk};
use crate::schema::change::{Change, Edit, TableChange};

pub(super) const ANALYZER: Analyzer = Analyzer {
    risk: Risk::LosesData,
    // What a schema held comes as changes of its own.
    object: |change| matches!(change, Change::DropTable { .. }),
    part: |change, pass| match change {
        // What is computed can be computed again.
        TableChange::Column(Edit::Drop(column)) => column.generated.is_none(),
        TableChange::Column(Edit::Modify { from, to }) => {
            from.generated.is_none()
                && (to.generated.is_some() || pass.profile.types.loses(&from.ty, &to.ty))
        }
        _ => false,
    },
};
