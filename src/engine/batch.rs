//! Sends statements: many to a query where that can't be told from one by one, alone where they must be. What a statement
//! is, and how a query fails, is the driver's.

use std::borrow::Cow;

use async_trait::async_trait;

use super::ExecError;
use crate::sql::Statement;

/// Statements that share a query.
const STATEMENTS: usize = 50;
/// Bytes of a shared query, roughly.
const BYTES: usize = 256 * 1024;

/// One statement to send.
#[derive(Clone, Debug)]
pub struct Item<'a, K> {
    /// Where the statement stands among those that are run.
    pub index: usize,
    /// Owned where it is not what the file says.
    pub text: Cow<'a, str>,
    /// What it is, as far as sending it goes.
    pub kind: K,
}

/// Statements as they are sent: each as often as it is repeated.
pub fn items<'a, K: Clone>(
    statements: &'a [Statement],
    said: impl Fn(&'a str) -> Cow<'a, str>,
    kind: impl Fn(&str) -> K,
) -> Vec<Item<'a, K>> {
    let item = |(index, statement): (usize, &'a Statement)| {
        let text = said(&statement.text);
        let kind = kind(&text);
        let item = Item { index, text, kind };
        (0..statement.repeat.max(1)).map(move |_| item.clone())
    };
    statements.iter().enumerate().flat_map(item).collect()
}

/// A connection that statements are sent over.
#[async_trait]
pub trait Sender: Send {
    /// What a statement is, as far as sending it goes.
    type Kind: Send + Sync;

    /// Whether such a statement may share a query with others now.
    fn shares(&self, kind: &Self::Kind) -> bool;

    /// Bytes that one query may have.
    fn most_bytes(&self) -> usize {
        usize::MAX
    }

    /// Sends statements as one query, and tells how many of them are done.
    async fn send(&mut self, items: &[Item<'_, Self::Kind>]) -> Result<usize, ExecError>;
}

/// Sends statements in order.
pub async fn send_all<S: Sender>(
    sender: &mut S,
    items: &[Item<'_, S::Kind>],
) -> Result<(), ExecError> {
    let mut rest = items;
    while !rest.is_empty() {
        let done = sender.send(&rest[..length(sender, rest)]).await?;
        rest = &rest[done..];
    }
    Ok(())
}

/// How many of the first statements share a query.
fn length<S: Sender>(sender: &S, items: &[Item<'_, S::Kind>]) -> usize {
    let most = BYTES.min(sender.most_bytes() / 2);
    let mut bytes = 0;
    let shared = items.iter().take(STATEMENTS).take_while(|item| {
        bytes += item.text.len() + 3;
        sender.shares(&item.kind) && bytes <= most
    });
    shared.count().max(1)
}

/// The query for some statements, and the byte at which each starts in it.
///
/// Each is ended on a line of its own, since its text may end in a comment.
pub fn join<K>(items: &[Item<'_, K>]) -> (String, Vec<usize>) {
    if let [item] = items {
        return (item.text.clone().into_owned(), vec![0]);
    }
    let mut sql = String::with_capacity(items.iter().map(|item| item.text.len() + 3).sum());
    let mut starts = Vec::with_capacity(items.len());
    for item in items {
        starts.push(sql.len());
        sql.push_str(item.text.trim_end().trim_end_matches(';'));
        sql.push_str("\n;\n");
    }
    (sql, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes the queries that it gets, and does one statement less than it is told of each longer one.
    struct Notes(Vec<String>, usize);

    #[async_trait]
    impl Sender for Notes {
        type Kind = bool;

        fn shares(&self, kind: &bool) -> bool {
            *kind
        }

        fn most_bytes(&self) -> usize {
            self.1
        }

        async fn send(&mut self, items: &[Item<'_, bool>]) -> Result<usize, ExecError> {
            self.0.push(join(items).0);
            Ok(match items.len() {
                1 => 1,
                more => more - 1,
            })
        }
    }

    fn item(index: usize, text: &str) -> Item<'_, bool> {
        Item {
            index,
            text: Cow::Borrowed(text),
            kind: !text.starts_with("SELECT"),
        }
    }

    #[tokio::test]
    async fn queries_are_shared_as_far_as_the_server_takes_them() {
        let long = "INSERT INTO t VALUES (1) -- x";
        let texts = ["CREATE a; ", "CREATE b", long, "SELECT 1", "CREATE c"];
        let items: Vec<_> = (0..5).map(|n| item(n, texts[n])).collect();
        let mut notes = Notes(Vec::new(), usize::MAX);
        send_all(&mut notes, &items).await.unwrap();
        let all = format!("CREATE a\n;\nCREATE b\n;\n{long}\n;\n");
        assert_eq!(notes.0, [&all, long, "SELECT 1", "CREATE c"]);
        let few = Notes(Vec::new(), 60);
        assert_eq!((length(&few, &items), length(&few, &items[2..])), (2, 1));
        let many = vec![item(0, long); 200];
        assert_eq!(length(&notes, &many), STATEMENTS);
    }

    #[test]
    fn joined_statements_keep_their_places() {
        let items = [
            item(3, "SELECT 'ä' -- x;"),
            item(4, "SELECT 2;"),
            item(5, "SELECT 3"),
        ];
        let (sql, starts) = join(&items);
        assert_eq!(sql, "SELECT 'ä' -- x\n;\nSELECT 2\n;\nSELECT 3\n;\n");
        assert!(sql[starts[1]..].starts_with("SELECT 2"));
        assert!(sql[starts[2]..].starts_with("SELECT 3"));
        assert_eq!(join(&items[1..2]).0, "SELECT 2;");
    }
}
