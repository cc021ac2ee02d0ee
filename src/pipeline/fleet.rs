//! Which databases an environment is: the queries that say so are run, and nothing else is asked of their servers.

use super::state::unreadable;
use crate::config::{Answer, DbUrl, Env, Located, Question, Request};
use crate::dialect;
use crate::problem::{Problem, stage};
use crate::sql::scan;

/// Queries of one environment: more would be a circle.
const QUERIES: usize = 8;

/// Databases of one environment.
const MEMBERS: usize = 100_000;

/// Who is told of a database before it is asked, so that nothing of its URL gets into errors that must not show it.
pub type Seen<'a> = dyn FnMut(&DbUrl) + Send + 'a;

/// Resolves the settings of a command that looks at all databases of an environment.
///
/// # Errors
/// When they can't be read, or a database that is asked does not answer.
pub async fn fleet(request: &Request, seen: &mut Seen<'_>) -> Result<Env, Problem> {
    let mut request = Request {
        answers: Some(Vec::new()),
        ..request.clone()
    };
    loop {
        let error = match super::setup::resolved(&request) {
            Ok(env) => return Ok(env),
            Err(error) => error,
        };
        let answers = request.answers.get_or_insert_default();
        match error.question() {
            Some(question) if answers.len() < QUERIES => answers.push(ask(question, seen).await?),
            _ => return Err(error.into()),
        }
    }
}

/// Runs a query in a transaction that can't write.
async fn ask(question: &Question, seen: &mut Seen<'_>) -> Result<Answer, Problem> {
    let Question { url, origin, query } = question;
    let at = Located {
        value: url.clone(),
        origin: origin.clone(),
    };
    let failed = |error| Problem::from(unreadable(&at, error));
    let dialect = dialect::for_url(url).map_err(failed)?;
    let refused = |why: String| {
        Problem::new(why)
            .during(stage::CONFIG)
            .statement(query, None)
            .hint("the query of `for_each` is one SELECT, whose first column names the databases")
    };
    let script = scan(query, &dialect.profile().scan);
    let statements = script
        .map_err(|error| refused(error.to_string()))?
        .statements;
    let [statement] = &statements[..] else {
        return Err(refused(format!(
            "a query is one statement, and there are {}",
            statements.len()
        )));
    };
    // A delimiter of the query's own would hide that there are several.
    let inside = scan(&statement.text, &dialect.profile().scan);
    if inside.is_ok_and(|script| script.statements.len() > 1) {
        return Err(refused(
            "a query is one statement, and there are several".to_owned(),
        ));
    }
    seen(url);
    let mut session = dialect.connect(url).await.map_err(failed)?;
    let values = session.column(statement, false).await;
    // What was read is what counts.
    let _ = session.close().await;
    let values = values.map_err(|error| {
        let problem = failed(error);
        match problem.hint {
            Some(_) => problem.statement(query, None),
            None => problem
                .statement(query, None)
                .hint("the user of the URL needs SELECT on what the query reads"),
        }
    })?;
    match values.len() {
        0..=MEMBERS => Ok(Answer {
            question: question.clone(),
            values,
        }),
        many => Err(refused(format!(
            "the query has {many} rows, more than {MEMBERS}"
        ))),
    }
}
