//! Plans that are carried out and taken back in a history.

use super::act::{Befalls, OnConflict};
use super::model::{Verb, ensure};
use super::told::Tale;
use super::words;
use crate::faults::process::Ended;

impl Tale<'_> {
    pub(super) fn apply(
        &mut self,
        prune: bool,
        on_conflict: OnConflict,
        befalls: Befalls,
    ) -> Result<bool, String> {
        if self.now().model.plan.is_empty() {
            return Ok(false);
        }
        let concurrency = self.history.concurrency.to_string();
        let mut args = vec![
            "apply",
            "FOLDER",
            "--yes",
            "--output",
            "json",
            "--concurrency",
            &concurrency,
        ];
        match on_conflict {
            OnConflict::Fail => {}
            OnConflict::Skip => args.extend(["--on-conflict", "skip"]),
            OnConflict::Overwrite => args.extend(["--on-conflict", "overwrite"]),
        }
        if prune {
            args.push("--prune");
        }
        let before = words::Before::of(
            &self.batches[self.at].model,
            on_conflict,
            self.batches[self.at].blocked,
        );
        let overwrite = on_conflict == OnConflict::Overwrite;
        let foretold = match befalls {
            Befalls::Nothing => Some(self.rehearse(&args)?),
            _ => None,
        };
        let (ended, meanwhile) = self.write(&args, Verb::Apply { prune, overwrite }, befalls)?;
        let writes = self.writes();
        let quiet =
            meanwhile.is_none() && !matches!(befalls, Befalls::Interrupt(_) if ended.befell);
        words::applied(
            &before,
            &self.batches[self.at].model,
            &ended,
            writes,
            quiet,
            meanwhile.as_ref(),
        )
        .map_err(|why| format!("{why}\n{}", ended.output))?;
        if let Some(foretold) = foretold {
            words::as_foretold(&foretold, &self.m.log(), &ended)
                .map_err(|why| format!("{why}\n{}\n{}", foretold.output, ended.output))?;
        }
        match ended.code {
            Some(0) => {
                self.now().model.complete();
                let report = words::report(&ended)?;
                words::pruned(&self.batches[self.at].model, &report, prune)
                    .map_err(|why| format!("{why}\n{}", ended.output))?;
            }
            Some(6) if writes == 0 => {}
            _ => self.now().model.unsure(),
        }
        self.check_status()?;
        if ended.code == Some(0) {
            self.check_verify()?;
        }
        Ok(true)
    }

    /// What the same would send, without sending it.
    fn rehearse(&mut self, args: &[&str]) -> Result<Ended, String> {
        let but = ["--yes", "--prune"];
        let mut args: Vec<&str> = args.iter().copied().filter(|a| !but.contains(a)).collect();
        args.push("--dry-run");
        self.m.forget_log();
        let ended = self.run(&args)?;
        ensure!(self.writes() == 0, "a dry run wrote\n{}", ended.output);
        Ok(ended)
    }

    pub(super) fn writes(&self) -> usize {
        let log = self.m.log();
        (log.iter())
            .filter(|(method, _)| method == "PUT" || method == "DELETE")
            .count()
    }

    pub(super) fn roll_back(&mut self, befalls: Befalls) -> Result<bool, String> {
        if self.now().model.plan.is_empty() {
            return Ok(false);
        }
        let before = words::Before::of(
            &self.batches[self.at].model,
            OnConflict::Fail,
            self.batches[self.at].blocked,
        );
        let args = ["rollback", "FOLDER", "--yes", "--output", "json"];
        let (ended, meanwhile) = self.write(&args, Verb::Rollback, befalls)?;
        let quiet =
            meanwhile.is_none() && !matches!(befalls, Befalls::Interrupt(_) if ended.befell);
        words::rolled_back(&before, &self.batches[self.at].model, &ended, quiet)
            .map_err(|why| format!("{why}\n{}", ended.output))?;
        match ended.code {
            Some(0) => {
                self.now().model.deleting.clear();
                self.now().model.unanswered.clear();
                self.now().model.rolled_back();
            }
            _ => {
                self.now().model.deleting.extend(before.ours);
                self.now().model.all_unsure();
            }
        }
        self.check_status()?;
        Ok(true)
    }
}
