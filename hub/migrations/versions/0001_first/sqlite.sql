CREATE TRIGGER updates_begins_as_draft BEFORE INSERT ON updates WHEN NEW.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'an update begins as a draft'); END
-- next
CREATE TRIGGER updates_released_as_approved BEFORE UPDATE ON updates WHEN NEW.state IN ('approved', 'paused', 'scheduled', 'sending', 'sent') AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.update_id = NEW.id AND a.version = NEW.version AND a.content_hash = NEW.content_hash) BEGIN SELECT RAISE(ABORT, 'nobody approved this version of the update'); END
-- next
CREATE TRIGGER updates_content_only_in_draft BEFORE UPDATE ON updates WHEN NEW.state <> 'draft' AND (NEW.version IS NOT OLD.version OR NEW.content_hash IS NOT OLD.content_hash OR NEW.title IS NOT OLD.title OR NEW.send_at IS NOT OLD.send_at OR NEW.not_after IS NOT OLD.not_after OR CAST(NEW.audience AS TEXT) IS NOT CAST(OLD.audience AS TEXT)) BEGIN SELECT RAISE(ABORT, 'the content of an update changes only while it is a draft'); END
-- next
CREATE TRIGGER updates_change_makes_version BEFORE UPDATE ON updates WHEN (NEW.version IS NOT OLD.version OR NEW.content_hash IS NOT OLD.content_hash OR NEW.title IS NOT OLD.title OR NEW.send_at IS NOT OLD.send_at OR NEW.not_after IS NOT OLD.not_after OR CAST(NEW.audience AS TEXT) IS NOT CAST(OLD.audience AS TEXT)) AND NEW.version <= OLD.version BEGIN SELECT RAISE(ABORT, 'changed content is a new version'); END
-- next
CREATE TRIGGER updates_version_has_editor BEFORE UPDATE ON updates WHEN (OLD.state = 'draft' AND NEW.state = 'in_review') AND NOT EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.id AND e.version = NEW.version) BEGIN SELECT RAISE(ABORT, 'nobody is named as the editor of this version'); END
-- next
CREATE TRIGGER updates_author_stays BEFORE UPDATE ON updates WHEN NEW.author_id <> OLD.author_id OR NEW.id <> OLD.id BEGIN SELECT RAISE(ABORT, 'the author of an update never changes'); END
-- next
CREATE TRIGGER updates_submitter_stays BEFORE UPDATE ON updates WHEN NEW.submitter_id IS NOT OLD.submitter_id AND NEW.state <> 'draft' AND NOT (OLD.state = 'draft' AND NEW.state = 'in_review') BEGIN SELECT RAISE(ABORT, 'the submitter changes only when the update is handed over'); END
-- next
CREATE TRIGGER updates_end_is_final BEFORE UPDATE ON updates WHEN OLD.state IN ('cancelled', 'expired', 'sent', 'withdrawn') AND NEW.state <> OLD.state BEGIN SELECT RAISE(ABORT, 'an update that has ended stays ended'); END
-- next
CREATE TRIGGER updates_is_kept BEFORE DELETE ON updates WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'updates are kept'); END
-- next
CREATE TRIGGER update_texts_only_in_draft_insert BEFORE INSERT ON update_texts WHEN NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'draft') BEGIN SELECT RAISE(ABORT, 'texts change only while the update is a draft'); END
-- next
CREATE TRIGGER update_texts_only_in_draft_update BEFORE UPDATE ON update_texts WHEN NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = OLD.update_id AND u.state = 'draft') OR NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'draft') BEGIN SELECT RAISE(ABORT, 'texts change only while the update is a draft'); END
-- next
CREATE TRIGGER update_texts_only_in_draft_delete BEFORE DELETE ON update_texts WHEN NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = OLD.update_id AND u.state = 'draft') BEGIN SELECT RAISE(ABORT, 'texts change only while the update is a draft'); END
-- next
CREATE TRIGGER approvals_is_of_reviewed_version BEFORE INSERT ON approvals WHEN NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'in_review' AND u.version = NEW.version AND u.content_hash = NEW.content_hash AND u.author_id = NEW.author_id AND u.submitter_id = NEW.submitter_id) BEGIN SELECT RAISE(ABORT, 'this is not the version that is in review'); END
-- next
CREATE TRIGGER approvals_is_by_second_person BEFORE INSERT ON approvals WHEN EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.update_id AND e.version <= NEW.version AND e.editor_id = NEW.approver_id) BEGIN SELECT RAISE(ABORT, 'whoever wrote or edited an update does not approve it'); END
-- next
CREATE TRIGGER approvals_is_append_only_update BEFORE UPDATE ON approvals WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'this record is append only'); END
-- next
CREATE TRIGGER approvals_is_append_only_delete BEFORE DELETE ON approvals WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'this record is append only'); END
-- next
CREATE TRIGGER update_edits_is_append_only_update BEFORE UPDATE ON update_edits WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'this record is append only'); END
-- next
CREATE TRIGGER update_edits_is_append_only_delete BEFORE DELETE ON update_edits WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'this record is append only'); END
