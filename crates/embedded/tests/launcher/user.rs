//! Processes that use a server: this program in other roles, and the handle by which tests steer them.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use strongroom_embedded::{Options, Server, TestServer};

use crate::{Outcome, client, until};

/// Plays the role that the first argument names, if it names one, until standard input ends.
pub(crate) fn play_role() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let report = match arguments.next()?.to_str()? {
        "use-durable" => join(Path::new(&arguments.next()?)),
        "use-throwaway" => share(),
        _ => return None,
    };
    let (said, code) = match &report {
        Ok((said, _)) => (said.clone(), ExitCode::SUCCESS),
        Err(error) => (format!("error\t{}", error.to_string().replace('\n', " ")), ExitCode::FAILURE),
    };
    let told = writeln!(io::stdout(), "{said}");
    if report.is_ok() && told.is_ok() {
        // The report, and with it the server, is kept until the test lets go.
        let _ = io::stdin().read_to_end(&mut Vec::new());
    }
    Some(code)
}

/// What a role says, and what it must keep meanwhile.
type Report = Outcome<(String, Box<dyn std::any::Any>)>;

fn join(data_directory: &Path) -> Report {
    let server = Server::join_or_start(data_directory, &Options::default())?;
    let (data, url) = (server.data(), server.url("postgres", "postgres"));
    Ok((format!("{}\t{}\t{url}", server.was_started(), data.display()), Box::new(server)))
}

fn share() -> Report {
    let server = TestServer::for_this_run()?;
    let url = server.url("postgres", "postgres");
    let mut first = false;
    server.once("first", |_| {
        first = true;
        Ok::<(), strongroom_embedded::Error>(())
    })?;
    Ok((format!("{first}\t{}\t{url}", server.directory().join("data").display()), Box::new(server)))
}

/// A process that uses a server. It is killed when the value is dropped.
pub(crate) struct User {
    pub(crate) process: Child,
    /// Whether this process was the one that started the server.
    pub(crate) started: bool,
    pub(crate) data: PathBuf,
    pub(crate) socket: PathBuf,
    output: BufReader<ChildStdout>,
}

impl User {
    /// Runs a process that joins the server of a data directory, and waits until it has.
    pub(crate) fn join(data_directory: &Path) -> Outcome<Self> {
        Self::listen(Self::run(data_directory)?)
    }

    /// Runs such a process without waiting.
    pub(crate) fn run(data_directory: &Path) -> Outcome<Child> {
        Self::run_in(Path::new("/"), data_directory)
    }

    /// The same in a working directory.
    pub(crate) fn run_in(directory: &Path, data_directory: &Path) -> Outcome<Child> {
        let mut command = Command::new(env::current_exe()?);
        command
            .current_dir(directory)
            .arg("use-durable")
            .arg(data_directory)
            .env("ENCRYPTION_KEY", "not for the server");
        Ok(command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
    }

    /// Waits for what a process says once it has joined.
    pub(crate) fn listen(mut process: Child) -> Outcome<Self> {
        let mut output = BufReader::new(process.stdout.take().ok_or("its output is not piped")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let [started, data, url] = line.trim_end().split('\t').collect::<Vec<_>>()[..] else {
            process.wait()?;
            return Err(line.into());
        };
        let host =
            url.split_once('@').and_then(|(_, rest)| rest.split(':').next()).ok_or("no host in the URL")?;
        let host = percent_encoding::percent_decode_str(host).decode_utf8()?.into_owned();
        let socket = Path::new(&host).join(".s.PGSQL.5432");
        Ok(Self { process, started: started == "true", data: data.into(), socket, output })
    }

    /// The server's process id.
    pub(crate) fn server(&self) -> Outcome<i32> {
        server_of(&self.data)
    }

    /// Ends the process as it ends by itself, and checks that nothing keeps its standard output open.
    pub(crate) fn leave(mut self) -> Outcome {
        drop(self.process.stdin.take());
        self.output.read_to_end(&mut Vec::new())?;
        self.process.wait()?;
        Ok(())
    }

    /// Kills the process without a chance to clean up.
    pub(crate) fn kill(mut self) -> Outcome {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Presses Ctrl-C: the signal goes to the whole process group.
    pub(crate) fn interrupt(mut self) -> Outcome {
        killpg(Pid::from_raw(i32::try_from(self.process.id())?), Signal::SIGINT)?;
        self.process.wait()?;
        Ok(())
    }

    /// Waits until the server is gone with everything that tells of it.
    pub(crate) fn until_stopped(data: &Path, socket: &Path) -> Outcome {
        until("the server has stopped", || !data.join("postmaster.pid").exists() && !client::answers(socket))
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // It is gone already where the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The process id of the server on a cluster.
pub(crate) fn server_of(data: &Path) -> Outcome<i32> {
    let file = fs::read_to_string(data.join("postmaster.pid"))?;
    Ok(file.lines().next().ok_or("the file is empty")?.parse()?)
}

/// Kills a process that is not ours to wait for, and waits until it is gone. A zombie, which has no command line any
/// more, counts as gone.
pub(crate) fn kill_process(pid: i32) -> Outcome {
    kill(Pid::from_raw(pid), Signal::SIGKILL)?;
    let is_zombie = || fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.is_empty());
    until("the process has ended", || kill(Pid::from_raw(pid), None).is_err() || is_zombie())
}
