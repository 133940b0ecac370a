CREATE FUNCTION updates_begins_as_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'an update begins as a draft' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_begins_as_draft BEFORE INSERT ON updates FOR EACH ROW EXECUTE FUNCTION updates_begins_as_draft()
-- next
CREATE FUNCTION updates_released_as_approved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state IN ('approved', 'paused', 'scheduled', 'sending', 'sent') AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.update_id = NEW.id AND a.version = NEW.version AND a.content_hash = NEW.content_hash) THEN RAISE EXCEPTION 'nobody approved this version of the update' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_released_as_approved BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_released_as_approved()
-- next
CREATE FUNCTION updates_content_only_in_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state <> 'draft' AND (NEW.version IS DISTINCT FROM OLD.version OR NEW.content_hash IS DISTINCT FROM OLD.content_hash OR NEW.title IS DISTINCT FROM OLD.title OR NEW.send_at IS DISTINCT FROM OLD.send_at OR NEW.not_after IS DISTINCT FROM OLD.not_after OR CAST(NEW.audience AS TEXT) IS DISTINCT FROM CAST(OLD.audience AS TEXT)) THEN RAISE EXCEPTION 'the content of an update changes only while it is a draft' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_content_only_in_draft BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_content_only_in_draft()
-- next
CREATE FUNCTION updates_change_makes_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (NEW.version IS DISTINCT FROM OLD.version OR NEW.content_hash IS DISTINCT FROM OLD.content_hash OR NEW.title IS DISTINCT FROM OLD.title OR NEW.send_at IS DISTINCT FROM OLD.send_at OR NEW.not_after IS DISTINCT FROM OLD.not_after OR CAST(NEW.audience AS TEXT) IS DISTINCT FROM CAST(OLD.audience AS TEXT)) AND NEW.version <= OLD.version THEN RAISE EXCEPTION 'changed content is a new version' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_change_makes_version BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_change_makes_version()
-- next
CREATE FUNCTION updates_version_has_editor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (OLD.state = 'draft' AND NEW.state = 'in_review') AND NOT EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.id AND e.version = NEW.version) THEN RAISE EXCEPTION 'nobody is named as the editor of this version' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_version_has_editor BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_version_has_editor()
-- next
CREATE FUNCTION updates_author_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.author_id <> OLD.author_id OR NEW.id <> OLD.id THEN RAISE EXCEPTION 'the author of an update never changes' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_author_stays BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_author_stays()
-- next
CREATE FUNCTION updates_submitter_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.submitter_id IS DISTINCT FROM OLD.submitter_id AND NEW.state <> 'draft' AND NOT (OLD.state = 'draft' AND NEW.state = 'in_review') THEN RAISE EXCEPTION 'the submitter changes only when the update is handed over' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_submitter_stays BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_submitter_stays()
-- next
CREATE FUNCTION updates_end_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state IN ('cancelled', 'expired', 'sent', 'withdrawn') AND NEW.state <> OLD.state THEN RAISE EXCEPTION 'an update that has ended stays ended' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER updates_end_is_final BEFORE UPDATE ON updates FOR EACH ROW EXECUTE FUNCTION updates_end_is_final()
-- next
CREATE FUNCTION updates_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'updates are kept' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER updates_is_kept BEFORE DELETE ON updates FOR EACH ROW EXECUTE FUNCTION updates_is_kept()
-- next
CREATE FUNCTION update_texts_only_in_draft_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM updates WHERE id = NEW.update_id FOR SHARE; IF NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'draft') THEN RAISE EXCEPTION 'texts change only while the update is a draft' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER update_texts_only_in_draft_insert BEFORE INSERT ON update_texts FOR EACH ROW EXECUTE FUNCTION update_texts_only_in_draft_insert()
-- next
CREATE FUNCTION update_texts_only_in_draft_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM updates WHERE id = OLD.update_id FOR SHARE; IF NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = OLD.update_id AND u.state = 'draft') OR NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'draft') THEN RAISE EXCEPTION 'texts change only while the update is a draft' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER update_texts_only_in_draft_update BEFORE UPDATE ON update_texts FOR EACH ROW EXECUTE FUNCTION update_texts_only_in_draft_update()
-- next
CREATE FUNCTION update_texts_only_in_draft_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM updates WHERE id = OLD.update_id FOR SHARE; IF NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = OLD.update_id AND u.state = 'draft') THEN RAISE EXCEPTION 'texts change only while the update is a draft' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER update_texts_only_in_draft_delete BEFORE DELETE ON update_texts FOR EACH ROW EXECUTE FUNCTION update_texts_only_in_draft_delete()
-- next
CREATE FUNCTION approvals_is_of_reviewed_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM updates WHERE id = NEW.update_id FOR SHARE; IF NOT EXISTS (SELECT 1 FROM updates u WHERE u.id = NEW.update_id AND u.state = 'in_review' AND u.version = NEW.version AND u.content_hash = NEW.content_hash AND u.author_id = NEW.author_id AND u.submitter_id = NEW.submitter_id) THEN RAISE EXCEPTION 'this is not the version that is in review' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER approvals_is_of_reviewed_version BEFORE INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_is_of_reviewed_version()
-- next
CREATE FUNCTION approvals_is_by_second_person() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM update_edits e WHERE e.update_id = NEW.update_id AND e.version <= NEW.version AND e.editor_id = NEW.approver_id) THEN RAISE EXCEPTION 'whoever wrote or edited an update does not approve it' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER approvals_is_by_second_person BEFORE INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_is_by_second_person()
-- next
CREATE FUNCTION approvals_is_append_only_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'this record is append only' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER approvals_is_append_only_update BEFORE UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_is_append_only_update()
-- next
CREATE FUNCTION approvals_is_append_only_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'this record is append only' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER approvals_is_append_only_delete BEFORE DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_is_append_only_delete()
-- next
CREATE FUNCTION update_edits_is_append_only_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'this record is append only' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER update_edits_is_append_only_update BEFORE UPDATE ON update_edits FOR EACH ROW EXECUTE FUNCTION update_edits_is_append_only_update()
-- next
CREATE FUNCTION update_edits_is_append_only_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'this record is append only' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER update_edits_is_append_only_delete BEFORE DELETE ON update_edits FOR EACH ROW EXECUTE FUNCTION update_edits_is_append_only_delete()
