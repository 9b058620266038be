//! What is beside the plan: the last one, digests, and texts of the source.

use super::*;

#[test]
fn a_plan_that_was_cut_off_on_its_way_is_brought_to_its_place() {
    let first = plan();
    let mut second = plan();
    second.steps.remove(0);
    second.steps[0].after.clear();
    let ready = tempfile::tempdir().unwrap();
    write(&second, ready.path(), false).unwrap();
    // Whatever of it was done before the program was killed.
    for done in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let (dir, next) = (dir.path(), dir.path().join(".next"));
        write(&first, dir, false).unwrap();
        fs::create_dir_all(&next).unwrap();
        let move_in = |name: &str, to: &Path| {
            fs::rename(ready.path().join(name), to.join(name)).unwrap();
        };
        for name in [RESOURCES, WRITTEN, PLAN_FILE] {
            move_in(name, &next);
        }
        let steps: [&dyn Fn(); 4] = [
            &|| fs::write(dir.join(PLAN_FILE), "generator: none\n").unwrap(),
            &|| fs::remove_dir_all(dir.join(RESOURCES)).unwrap(),
            &|| fs::rename(next.join(RESOURCES), dir.join(RESOURCES)).unwrap(),
            &|| fs::rename(next.join(WRITTEN), dir.join(WRITTEN)).unwrap(),
        ];
        for step in &steps[..done] {
            step();
        }
        settle(dir).unwrap();
        same(&read(dir).unwrap(), &second);
        assert!(!next.exists());
        for name in [RESOURCES, WRITTEN, PLAN_FILE] {
            fs::rename(dir.join(name), ready.path().join(name)).unwrap();
        }
    }
}

#[test]
fn digests_that_are_none_are_told_with_their_file() {
    let dir = tempfile::tempdir().unwrap();
    write(&plan(), dir.path(), false).unwrap();
    let file = dir.path().join(WRITTEN);
    assert!(read_written(dir.path()).unwrap().is_some());
    for text in ["", "{", "{\"version\":1}", "[]"] {
        fs::write(&file, text).unwrap();
        let refused = read_written(dir.path()).unwrap_err();
        assert!(matches!(refused, FolderError::Written { .. }), "{text}");
    }
    let later = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(later, "[]");
    write(&plan(), dir.path(), false).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"version\":1", "\"version\":2")).unwrap();
    let refused = read_written(dir.path()).unwrap_err();
    assert!(matches!(refused, FolderError::Version { found: 2, .. }));
    fs::remove_file(&file).unwrap();
    assert!(read_written(dir.path()).unwrap().is_none());
}

#[test]
fn the_texts_of_the_source_go_with_the_plan_that_rewrites_them() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan();
    let id = plan.steps[1].id.clone();
    let sources = Sources::from([(id, "<a>{{key}}</a>".to_owned())]);
    let written = Written::of(&plan);
    write_edited(&plan, &written, &sources, dir.path()).unwrap();
    assert_eq!(read_sources(&plan, dir.path()).unwrap(), sources);
    write(&plan, dir.path(), false).unwrap();
    assert_eq!(read_sources(&plan, dir.path()).unwrap(), Sources::new());
    assert!(!dir.path().join(SOURCES).exists());
    // As beside a plan that was written before there were any.
    note(&plan, &written, &sources, dir.path()).unwrap();
    assert_eq!(read_sources(&plan, dir.path()).unwrap(), sources);
    note(&plan, &written, &Sources::new(), dir.path()).unwrap();
    assert_eq!(read_sources(&plan, dir.path()).unwrap(), Sources::new());
}

#[cfg(unix)]
#[test]
fn no_text_of_the_source_is_put_where_a_link_leads() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plan = plan();
    write(&plan, dir.path(), false).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(SOURCES)).unwrap();
    let sources = Sources::from([(plan.steps[1].id.clone(), "<a />".to_owned())]);
    let written = Written::of(&plan);
    assert!(note(&plan, &written, &sources, dir.path()).is_err());
    assert!(write_edited(&plan, &written, &sources, dir.path()).is_err());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
