//! Mode `check`: what is missing is shown, and nothing is written.

use anyhow::Result;
use async_trait::async_trait;

use super::Mode;
use crate::action::Action;
use crate::action::compare::Compared;
use crate::action::finding::{Finding, State};
use crate::problem::Problem;

/// Compares and reports.
pub(super) struct Check;

#[async_trait(?Send)]
impl Mode for Check {
    fn name(&self) -> &'static str {
        "check"
    }

    fn tries_revisions(&self) -> bool {
        true
    }

    async fn settle(&self, action: &Action<'_>, compared: Compared<'_, '_>) -> Result<Finding> {
        let mut finding = Finding::of(compared.report);
        if finding.state == State::Drift {
            let (project, prepared) = (compared.project, compared.prepared);
            // What can't be offered is no less missing.
            if let Err(error) = action.offer(project, prepared, &mut finding).await {
                error.downcast::<Problem>()?;
            }
        }
        Ok(finding)
    }
}
