//! GraphQL: queries, and the errors that come in a reply whose status is 200.
//!
//! GitHub gives errors a `type`; which there are is nowhere listed in full. Known ones:
//! <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api> and what its clients
//! meet.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::beyond_permissions;
use super::{ApiError, Call, ErrorKind, GitHub, Safety};

impl GitHub {
    /// A query, which reads.
    pub(in crate::github) fn query(
        &self,
        what: impl Into<String>,
        query: &str,
        variables: Value,
    ) -> Call {
        Call {
            what: what.into(),
            method: Method::POST,
            url: self.graphql.clone(),
            body: Some(json!({"query": query, "variables": variables})),
            safety: Safety::Read,
            permission: None,
            graphql: true,
            leads_away: false,
        }
    }

    /// A mutation, which does it again when it is sent again.
    pub(in crate::github) fn mutation(
        &self,
        what: impl Into<String>,
        query: &str,
        variables: Value,
    ) -> Call {
        Call {
            safety: Safety::Once,
            ..self.query(what, query, variables)
        }
    }

    /// Sends a query or a mutation; the result is the reply's `data`.
    pub(in crate::github) async fn graphql(&self, call: Call) -> Result<Value, ApiError> {
        let mut reply: Value = self.json(call).await?;
        Ok(reply["data"].take())
    }

    /// A page of a connection: its nodes, and the cursor of the next page. `pointer` leads to it from `data`.
    pub(in crate::github) async fn page<T: DeserializeOwned>(
        &self,
        call: Call,
        pointer: &str,
    ) -> Result<(Vec<T>, Option<Value>), ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<T> {
            page_info: PageInfo,
            nodes: Vec<T>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct PageInfo {
            has_next_page: bool,
            end_cursor: Value,
        }
        let what = call.what.clone();
        let mut data = self.graphql(call).await?;
        let connection = data
            .pointer_mut(pointer)
            .map(Value::take)
            .unwrap_or_default();
        let page: Page<T> = serde_json::from_value(connection).map_err(|error| {
            let call = self.query(what, "", Value::Null);
            self.failed(&call, ErrorKind::Unreadable, error.to_string())
        })?;
        let next = page
            .page_info
            .has_next_page
            .then_some(page.page_info.end_cursor);
        Ok((page.nodes, next))
    }
}

/// The worst of a reply's errors, and the words of all; none when it has none. Part of an answer does not count.
pub(super) fn errors(reply: &Value) -> Option<(ErrorKind, String)> {
    let errors = match &reply["errors"] {
        Value::Array(errors) if !errors.is_empty() => errors.as_slice(),
        _ if reply["data"].is_object() => return None,
        _ => &[],
    };
    let text = |error: &Value| error["message"].as_str().unwrap_or_default().to_owned();
    let message: Vec<String> = errors.iter().map(text).collect();
    // The worst of them decides: what is refused once is refused.
    let kind = errors
        .iter()
        .map(kind)
        .min_by_key(|kind| match kind {
            ErrorKind::RateLimited { .. } => 0,
            ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::Rules
            | ErrorKind::Archived => 1,
            ErrorKind::Stale => 2,
            ErrorKind::Server => 4,
            _ => 3,
        })
        .unwrap_or(ErrorKind::Unreadable);
    Some((kind, message.join("; ")))
}

fn kind(error: &Value) -> ErrorKind {
    let of = |key: &str| error[key].as_str().unwrap_or_default();
    let message = of("message").to_lowercase();
    let class = match of("type") {
        "" => error["extensions"]["code"].as_str().unwrap_or_default(),
        class => class,
    };
    if let Some(kind) = beyond_permissions(&message) {
        return kind;
    }
    match class.to_uppercase().as_str() {
        "BRANCH_PROTECTION_RULE_VIOLATION" => ErrorKind::Rules,
        "RATE_LIMITED" | "RATE_LIMIT" => ErrorKind::RateLimited {
            wait: std::time::Duration::ZERO,
        },
        "STALE_DATA" => ErrorKind::Stale,
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" | "SAML_SSO" => ErrorKind::Forbidden,
        "UNAUTHENTICATED" => ErrorKind::Unauthorized,
        "NOT_FOUND" => ErrorKind::NotFound,
        "SERVICE_UNAVAILABLE" | "INTERNAL" | "TIMEOUT" | "LOADING" => ErrorKind::Server,
        _ if message.contains("rate limit") => ErrorKind::RateLimited {
            wait: std::time::Duration::ZERO,
        },
        _ if message.contains("something went wrong") || message.contains("timeout") => {
            ErrorKind::Server
        }
        _ if message.contains("expected branch to point to") => ErrorKind::Stale,
        _ if message.contains("not accessible by") => ErrorKind::Forbidden,
        _ if message.contains("too long") => ErrorKind::TooLong,
        _ => ErrorKind::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_a_success_are_told_apart() {
        let kind = |errors: Value| super::errors(&json!({"errors": errors})).map(|found| found.0);
        let one = |class: &str, message: &str| kind(json!([{"type": class, "message": message}]));
        assert_eq!(
            one("STALE_DATA", "Expected branch to point to"),
            Some(ErrorKind::Stale)
        );
        assert_eq!(
            one("FORBIDDEN", "Resource not accessible"),
            Some(ErrorKind::Forbidden)
        );
        assert_eq!(
            one("INSUFFICIENT_SCOPES", "Your token"),
            Some(ErrorKind::Forbidden)
        );
        assert_eq!(
            one("NOT_FOUND", "Could not resolve"),
            Some(ErrorKind::NotFound)
        );
        assert_eq!(
            one("UNPROCESSABLE", "A path was requested"),
            Some(ErrorKind::Invalid)
        );
        for class in [
            "BRANCH_PROTECTION_RULE_VIOLATION",
            "UNPROCESSABLE",
            "FORBIDDEN",
        ] {
            let found =
                "Repository rule violations found\n\nChanges must be made through a pull request.";
            assert_eq!(one(class, found), Some(ErrorKind::Rules));
            let archived = "Repository was archived so is read-only";
            assert_eq!(one(class, archived), Some(ErrorKind::Archived));
        }
        assert_eq!(
            one("BRANCH_PROTECTION_RULE_VIOLATION", "words of another day"),
            Some(ErrorKind::Rules)
        );
        assert!(matches!(
            one("RATE_LIMITED", ""),
            Some(ErrorKind::RateLimited { .. })
        ));
        let timeout =
            "Something went wrong while executing your query. This may be the result of a timeout";
        assert_eq!(kind(json!([{"message": timeout}])), Some(ErrorKind::Server));
        assert_eq!(
            kind(json!([{"type": "NOT_FOUND"}, {"type": "FORBIDDEN"}])),
            Some(ErrorKind::Forbidden)
        );
        assert!(super::errors(&json!({"data": {"a": 1}})).is_none());
        assert!(super::errors(&json!({"data": {"a": 1}, "errors": []})).is_none());
        let part = json!({"data": {"a": null}, "errors": [{"message": "x"}]});
        assert_eq!(
            super::errors(&part).map(|found| found.1).as_deref(),
            Some("x")
        );
        let nothing = super::errors(&json!({"data": null})).map(|found| found.0);
        assert_eq!(nothing, Some(ErrorKind::Unreadable));
    }
}
