//! The one comment of a project, on the fake GitHub: among other people's, through faults, with two runs at once.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use trueup::github::client::{ApiError, ErrorKind, GitHub};
use trueup::github::comment::{On, Outcome, Post, Upserted, upsert};
use trueup::github::identity::Identity;

use super::world::{WORKFLOW, World};

const BOT: &str = "github-actions[bot]";

fn key(env: &str) -> String {
    Identity {
        config: "atlas.hcl".into(),
        env: env.into(),
        ..Identity::default()
    }
    .key()
}

async fn put(world: &World, github: &GitHub, body: &str) -> Result<Upserted, ApiError> {
    upsert(
        github,
        &world.shop,
        On::Pull(1),
        &key("prod"),
        body.into(),
        Post::Always,
    )
    .await
}

async fn outcome(world: &World, body: &str) -> Outcome {
    let upserted = put(world, &world.github(), body).await.expect("written");
    assert!(upserted.left.is_empty(), "{:?}", upserted.left);
    upserted.outcome
}

/// Bodies of the workflow's comments, without their markers.
fn ours(world: &World) -> Vec<String> {
    let bodies = world.read().into_iter().filter(|(author, _)| author == BOT);
    bodies
        .map(|(_, body)| match body.split_once('\n') {
            Some((marker, rest)) if marker.starts_with("<!-- trueup:v1 ") => rest.to_owned(),
            _ => body,
        })
        .collect()
}

fn hash(text: &str, digits: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..digits].to_owned()
}

/// The whole body of a comment that trueup made for a project, as its format is documented.
fn made(env: &str, body: &str) -> String {
    marked(key(env).as_str(), body)
}

fn marked(key: &str, body: &str) -> String {
    let said = hash(body, 16);
    format!("<!-- trueup:v1 key={key} h={said} b={said} -->\n{body}")
}

#[tokio::test]
async fn a_comment_is_made_once_edited_in_place_and_left_alone_when_equal() {
    let world = World::new(&[]);
    let github = world.github();
    let nothing = upsert(
        &github,
        &world.shop,
        On::Pull(1),
        &key("prod"),
        "in sync".into(),
        Post::OnlyEdit,
    )
    .await;
    assert_eq!(nothing.expect("read").outcome, Outcome::Nothing);
    assert_eq!(outcome(&world, "drift").await, Outcome::Posted);
    assert_eq!(outcome(&world, "drift").await, Outcome::Unchanged);
    assert_eq!(outcome(&world, "more drift").await, Outcome::Edited);
    let calm = upsert(
        &github,
        &world.shop,
        On::Pull(1),
        &key("prod"),
        "in sync".into(),
        Post::OnlyEdit,
    )
    .await;
    let calm = calm.expect("written");
    assert_eq!(calm.outcome, Outcome::Edited);
    assert!(calm.url.is_some_and(|url| url.contains("#issuecomment-")));
    assert_eq!(ours(&world), ["in sync"]);
    assert_eq!(
        (
            world.count("POST", "/comments"),
            world.count("PATCH", "/comments")
        ),
        (1, 2)
    );

    let other = upsert(
        &github,
        &world.shop,
        On::Pull(1),
        &key("staging"),
        "drift".into(),
        Post::Always,
    )
    .await;
    assert_eq!(other.expect("written").outcome, Outcome::Posted);
    assert_eq!(ours(&world), ["in sync", "drift"]);
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn it_is_found_among_those_of_others_and_only_our_own_counts() {
    let drift = made("prod", "drift");
    let quoted = format!("> {drift}");
    let mut comments = vec![
        ("mallory", drift.as_str()),
        (BOT, quoted.as_str()),
        (BOT, "another tool"),
    ];
    comments.extend([("bob", "looks good")].repeat(40));
    comments.extend([("carol", drift.as_str())].repeat(70));
    let world = World::new(&comments);
    assert_eq!(outcome(&world, "drift").await, Outcome::Posted);
    assert_eq!(outcome(&world, "drift").await, Outcome::Unchanged);
    assert_eq!(outcome(&world, "changed").await, Outcome::Edited);
    assert_eq!(world.read().len(), comments.len() + 1);
    assert_eq!(ours(&world)[2], "changed");
    // What people wrote is told, and never touched.
    let upserted = put(&world, &world.github(), "changed")
        .await
        .expect("written");
    assert_eq!(upserted.foreign.len(), 71);
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn a_comment_that_somebody_edited_is_put_right() {
    let drift = made("prod", "drift");
    let world = World::new(&[(BOT, &drift.replace("\ndrift", "\nall is well"))]);
    assert_eq!(outcome(&world, "drift").await, Outcome::Edited);
    assert_eq!(ours(&world), ["drift"]);
    assert_eq!(outcome(&world, "drift").await, Outcome::Unchanged);
}

#[tokio::test]
async fn another_token_takes_the_comment_of_the_one_before() {
    let drift = made("prod", "drift");
    let world = World::new(&[(BOT, &drift)]);
    let app = world.with_token("ghs_app");
    let put = async |body: &str| put(&world, &app, body).await.expect("written");
    assert_eq!(put("in sync").await.outcome, Outcome::Edited);
    assert_eq!(ours(&world), ["in sync"]);
    assert_eq!(world.read().len(), 1);

    // Where it may not be edited, the new one is told beside it.
    let refused =
        json!({"status": 403, "json": {"message": "Resource not accessible by integration"}});
    world.fault(json!({"method": "PATCH"}), refused.clone(), "before");
    world.fault(json!({"method": "DELETE"}), refused, "before");
    let upserted = put("drift").await;
    assert_eq!(
        (upserted.outcome, upserted.left.len()),
        (Outcome::Posted, 1)
    );
    // The account's own is the one that stays.
    let upserted = put("drift").await;
    assert_eq!(
        (upserted.outcome, upserted.left.len()),
        (Outcome::Unchanged, 0)
    );
    let all = world.read();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].0, "shop-bot[bot]");
    world.fake.expect_no_violations();
}

#[tokio::test]
async fn of_several_the_newest_stays() {
    let (old, new) = (made("prod", "old"), made("prod", "new"));
    let world = World::new(&[(BOT, &old), (BOT, &old), ("bob", &new), (BOT, &new)]);
    assert_eq!(outcome(&world, "new").await, Outcome::Unchanged);
    assert_eq!(ours(&world), ["new"]);
    assert_eq!(world.read().len(), 2);
}

#[tokio::test]
async fn two_runs_at_once_end_in_one_comment() {
    let world = World::new(&[("bob", "hello")]);
    let (one, two) = (world.github(), world.github());
    let (first, second) = tokio::join!(put(&world, &one, "one"), put(&world, &two, "two"));
    first.expect("written");
    second.expect("written");
    assert_eq!(ours(&world).len(), 1, "{:?}", world.read());
    assert_eq!(outcome(&world, "three").await, Outcome::Edited);
    assert_eq!(ours(&world), ["three"]);
    world.fake.expect_no_violations();
}

/// A fault that a comment of an environment of its own survives; how long was waited.
async fn survives(world: &World, on: Value, what: &str, when: &str) -> Vec<Duration> {
    let told = format!("{on} {what} {when}");
    let before = world.slept().len();
    world.fault(on, what, when);
    let upserted = upsert(
        &world.github(),
        &world.shop,
        On::Pull(1),
        &key(&told),
        told.as_str().into(),
        Post::Always,
    )
    .await;
    let upserted = upserted.unwrap_or_else(|error| panic!("{told}: {error}"));
    assert_eq!(upserted.outcome, Outcome::Posted, "{told}");
    let made = ours(world).iter().filter(|body| **body == told).count();
    assert_eq!(made, 1, "{told}");
    world.slept().split_off(before)
}

fn on_post() -> Value {
    json!({"method": "POST", "path": "/comments$"})
}

fn on_list() -> Value {
    json!({"graphql": "comments"})
}

#[tokio::test]
async fn a_post_that_worked_without_an_answer_is_not_repeated() {
    let world = World::new(&[]);
    for what in [
        "server_error",
        "bad_gateway",
        "unavailable",
        "reset",
        "truncated",
        "not_json",
    ] {
        survives(&world, on_post(), what, "after").await;
    }
}

#[tokio::test]
async fn a_post_that_failed_is_repeated_after_a_look() {
    let world = World::new(&[]);
    for what in [
        "server_error",
        "bad_gateway",
        "unavailable",
        "reset",
        "not_json",
    ] {
        survives(&world, on_post(), what, "before").await;
    }
    let twice = json!({"method": "POST", "path": "/comments$", "times": 2});
    survives(&world, twice, "server_error", "before").await;
}

#[tokio::test]
async fn limits_are_waited_for() {
    let world = World::new(&[]);
    let seconds = |seconds| vec![Duration::from_secs(seconds)];
    for on in [on_post(), on_list()] {
        for (what, waits) in [
            ("retry_after", 1),
            ("secondary_limit", 60),
            ("content_limit", 1),
        ] {
            let slept = survives(&world, on.clone(), what, "before").await;
            assert_eq!(slept, seconds(waits), "{on} {what}");
        }
        assert_eq!(
            survives(&world, on.clone(), "primary_limit", "before")
                .await
                .len(),
            1
        );
    }
    let slept = survives(&world, on_list(), "graphql_rate_limited", "before").await;
    assert_eq!(slept, seconds(60));

    let before = world.slept().len();
    let always = json!({"method": "POST", "path": "/comments$", "times": 0});
    world.fault(always, "secondary_limit", "before");
    let error = put(&world, &world.github(), "drift")
        .await
        .expect_err("no end to it");
    let wait = Duration::from_secs(120);
    assert_eq!(error.kind, ErrorKind::RateLimited { wait });
    assert_eq!(world.slept().split_off(before), seconds(60));
}

#[tokio::test]
async fn reading_survives_trouble() {
    let world = World::new(&[]);
    for what in [
        "server_error",
        "bad_gateway",
        "reset",
        "truncated",
        "not_json",
        "graphql_failed",
    ] {
        survives(&world, on_list(), what, "before").await;
    }
    let world = World::new(&[]);
    world.fault(
        json!({"graphql": "comments", "times": 0}),
        "bad_gateway",
        "before",
    );
    let error = put(&world, &world.github(), "drift")
        .await
        .expect_err("no end to it");
    assert_eq!((error.kind, error.unknown), (ErrorKind::Server, false));
    assert_eq!(world.count("POST", "/graphql"), 3);
    assert!(world.read().is_empty());
}

#[tokio::test]
async fn an_edit_survives_trouble_and_a_comment_that_went_away() {
    let faults = [
        (json!("server_error"), "after", Outcome::Edited),
        (json!("reset"), "after", Outcome::Edited),
        (json!("bad_gateway"), "before", Outcome::Edited),
        // Made again; the one that is there after all is older, and goes.
        (
            json!({"status": 404, "json": {"message": "Not Found"}}),
            "before",
            Outcome::Posted,
        ),
    ];
    let bodies: Vec<String> = (0..faults.len())
        .map(|env| made(&env.to_string(), "drift"))
        .collect();
    let comments: Vec<_> = bodies.iter().map(|body| (BOT, body.as_str())).collect();
    let world = World::new(&comments);
    for (env, (what, when, wanted)) in faults.into_iter().enumerate() {
        world.fault(json!({"method": "PATCH"}), what.clone(), when);
        let key = key(&env.to_string());
        let upserted = upsert(
            &world.github(),
            &world.shop,
            On::Pull(1),
            &key,
            "changed".into(),
            Post::Always,
        )
        .await;
        let upserted = upserted.unwrap_or_else(|error| panic!("{what} {when}: {error}"));
        assert_eq!(upserted.outcome, wanted, "{what} {when}");
        let changed = ours(&world)
            .iter()
            .filter(|body| *body == "changed")
            .count();
        assert_eq!(
            (changed, ours(&world).len()),
            (env + 1, bodies.len()),
            "{what} {when}"
        );
    }
}

#[tokio::test]
async fn without_graphql_it_is_found_by_login() {
    let drift = made("prod", "drift");
    let comments: Vec<_> = [("bob", "hello")]
        .repeat(150)
        .into_iter()
        .chain([("mallory", drift.as_str()), (BOT, &drift)])
        .collect();
    let world = World::new(&comments);
    let refused = json!({"json": {"data": null, "errors": [
        {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}});
    world.fault(
        json!({"graphql": "comments", "times": 0}),
        refused,
        "before",
    );
    assert_eq!(outcome(&world, "changed").await, Outcome::Edited);
    assert_eq!(ours(&world), ["changed"]);
    assert_eq!(world.count("GET", "/issues/1/comments"), 2);
}

#[tokio::test]
async fn a_refusal_names_the_permission() {
    let world = World::new(&[]);
    let error = put(&world, &world.with_token("ghs_reader"), "drift")
        .await
        .expect_err("refused");
    assert_eq!(error.permission.as_deref(), Some("pull-requests: write"));
    assert_eq!(
        error.to_string(),
        "can't post a comment on acme/shop#1: the token lacks `pull-requests: write` (403: Resource not accessible by \
         integration)"
    );
    let error = put(&world, &world.connect("ghs_fork", true), "drift")
        .await
        .expect_err("refused");
    assert!(
        error.hint().contains("from a fork only reads"),
        "{}",
        error.hint()
    );
    let error = put(&world, &world.with_token("ghs_unknown"), "drift")
        .await
        .expect_err("unknown");
    assert_eq!(error.kind, ErrorKind::Unauthorized);
    assert!(world.read().is_empty() && world.slept().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_long_is_told_and_a_reply_that_is_too_large_refused() {
    let world = World::new(&[]);
    let long = "x".repeat(70_000);
    let error = put(&world, &world.github(), &long)
        .await
        .expect_err("too long");
    assert_eq!(error.kind, ErrorKind::TooLong, "{error}");
    assert_eq!(outcome(&world, &long[..60_000]).await, Outcome::Posted);

    let drift = made("prod", "drift");
    let world = World::new(&[(BOT, &drift)]);
    let huge = json!({"json": {"data": "x".repeat(33 << 20)}});
    world.fault(json!({"graphql": "comments"}), huge, "before");
    let error = put(&world, &world.github(), "drift")
        .await
        .expect_err("too large");
    assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
}

#[tokio::test]
async fn both_forms_of_addresses_work() {
    for form in ["enterprise", "public"] {
        let world = World::new(&[]);
        world.fake.limits(&json!({"forms": [form]}));
        let github = match form {
            "public" => world.at(&world.fake.api_url().replace("/api/v3", ""), WORKFLOW),
            _ => world.github(),
        };
        assert_eq!(
            put(&world, &github, "drift")
                .await
                .expect("written")
                .outcome,
            Outcome::Posted
        );
        assert_eq!(
            put(&world, &github, "else").await.expect("written").outcome,
            Outcome::Edited
        );
        world.fake.expect_no_violations();
    }
}
