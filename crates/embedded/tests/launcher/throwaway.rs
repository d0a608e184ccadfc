//! The servers of test runs.

use std::{
    env, fs,
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
};

use strongroom_embedded::{Error, TestServer};

use crate::{Outcome, Tests, client, ensure, until};

pub(crate) const TESTS: Tests = &[
    (
        "processes_of_one_run_share_a_server_that_goes_with_it",
        processes_of_one_run_share_a_server_that_goes_with_it,
    ),
    ("a_server_of_ones_own_goes_with_its_value", a_server_of_ones_own_goes_with_its_value),
    ("what_a_lost_run_left_behind_is_deleted", what_a_lost_run_left_behind_is_deleted),
    (
        "what_is_done_once_is_tried_again_only_after_a_failure",
        what_is_done_once_is_tried_again_only_after_a_failure,
    ),
];

fn processes_of_one_run_share_a_server_that_goes_with_it() -> Outcome {
    // The shell stands for cargo: the parent of two test programs, one after the other. `exec` would make it vanish.
    let script = r#""$0" use-throwaway </dev/null; "$0" use-throwaway; :"#;
    let mut run = Command::new("/bin/sh");
    run.args(["-c", script]).arg(env::current_exe()?).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut run = run.spawn()?;
    let mut output = run.stdout.take().ok_or("its output is not piped")?;

    let first = read_line(&mut output)?;
    let second = read_line(&mut output)?;
    let (first, second): (Vec<&str>, Vec<&str>) = (first.split('\t').collect(), second.split('\t').collect());
    ensure("they share a server", first.get(1..) == second.get(1..) && first.len() == 3)?;
    ensure("only the first prepared it", first.first() == Some(&"true") && second.first() == Some(&"false"))?;

    let data = PathBuf::from(first.get(1).ok_or("nothing was said")?);
    let home = data.parent().ok_or("the cluster has no home")?;
    ensure("it is there", client::answers(&home.join(".s.PGSQL.5432")))?;
    run.kill()?;
    run.wait()?;
    until("everything is gone", || !home.exists())
}

/// Reads one line and no byte more.
fn read_line(output: &mut impl Read) -> Outcome<String> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        output.read_exact(&mut byte)?;
        match &byte {
            b"\n" => return Ok(String::from_utf8(line)?),
            other => line.extend(other),
        }
    }
}

fn a_server_of_ones_own_goes_with_its_value() -> Outcome {
    let (one, other) = (TestServer::for_this_process()?, TestServer::for_this_process()?);
    let home = one.directory().to_path_buf();
    ensure("there are two", home != other.directory())?;
    ensure("it answers", client::answers(&home.join(".s.PGSQL.5432")))?;
    ensure("it is fast and not safe", client::query(&home.join(".s.PGSQL.5432"), "SHOW fsync")? == "off")?;
    drop(one);
    ensure("it is gone", !home.exists())?;
    ensure("the other is not", client::answers(&other.directory().join(".s.PGSQL.5432")))
}

fn what_a_lost_run_left_behind_is_deleted() -> Outcome {
    let server = TestServer::for_this_process()?;
    let place = server.directory().parent().ok_or("it lies nowhere")?;
    let mut run = Command::new("true").spawn()?;
    run.wait()?;
    let left_over = place.join(format!("strongroom-test-{}-1", run.id()));
    fs::create_dir(&left_over)?;
    fs::write(left_over.join("file"), "")?;
    let next = TestServer::for_this_process()?;
    ensure("it is gone", !left_over.exists())?;
    ensure("a run that goes on keeps what it has", server.directory().exists() && next.directory().exists())
}

fn what_is_done_once_is_tried_again_only_after_a_failure() -> Outcome {
    let server = TestServer::for_this_process()?;
    let mut tries = 0;
    let mut attempt = |succeed: bool| {
        server.once("thing", |_| {
            tries += 1;
            if succeed { Ok(()) } else { Err(Error::NoAccount) }
        })
    };
    ensure("a failure is passed on", attempt(false).is_err())?;
    ensure("the next may succeed", attempt(true).is_ok())?;
    ensure("after that nothing is done", attempt(false).is_ok())?;
    ensure("it was tried twice", tries == 2)
}
