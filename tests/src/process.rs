//! Starting programs that were just written.

use std::io;
use std::process::{Child, Command};
use std::time::Duration;

/// Starts a command. A program that was just written cannot be executed while the child of
/// another thread still holds the file open for writing, between its fork and its exec: that is
/// waited for.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    const ATTEMPTS: usize = 100;
    for _ in 1..ATTEMPTS {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(20));
            }
            spawned => return spawned,
        }
    }
    command.spawn()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, Permissions};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_program_whose_file_is_open_for_writing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::copy("/bin/true", &path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let open = File::options().write(true).open(&path).unwrap();
        let closing = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            drop(open);
        });
        assert!(spawn(&mut Command::new(&path)).unwrap().wait().unwrap().success());
        closing.join().unwrap();
    }
}
