CREATE FUNCTION pending_acts_begins_as_pending() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state <> 'pending' OR NEW.decided_by IS NOT NULL THEN RAISE EXCEPTION 'an act of power begins with a request' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER pending_acts_begins_as_pending BEFORE INSERT ON pending_acts FOR EACH ROW EXECUTE FUNCTION pending_acts_begins_as_pending()
-- next
CREATE FUNCTION pending_acts_request_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.object_kind <> OLD.object_kind OR NEW.object_id <> OLD.object_id OR NEW.payload_hash <> OLD.payload_hash OR CAST(NEW.payload AS TEXT) IS DISTINCT FROM CAST(OLD.payload AS TEXT) OR NEW.reason <> OLD.reason OR NEW.requested_by <> OLD.requested_by OR NEW.requested_at <> OLD.requested_at OR NEW.expires_at <> OLD.expires_at THEN RAISE EXCEPTION 'what was requested never changes' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER pending_acts_request_stays BEFORE UPDATE ON pending_acts FOR EACH ROW EXECUTE FUNCTION pending_acts_request_stays()
-- next
CREATE FUNCTION pending_acts_end_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> 'pending' AND (NEW.state <> OLD.state OR NEW.decided_by IS DISTINCT FROM OLD.decided_by OR NEW.decided_at IS DISTINCT FROM OLD.decided_at) THEN RAISE EXCEPTION 'a request that has ended stays ended' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER pending_acts_end_is_final BEFORE UPDATE ON pending_acts FOR EACH ROW EXECUTE FUNCTION pending_acts_end_is_final()
-- next
CREATE FUNCTION pending_acts_collected_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.collected_at IS DISTINCT FROM OLD.collected_at AND (OLD.collected_at IS NOT NULL OR NEW.state <> 'done') THEN RAISE EXCEPTION 'what an act gives is taken once, after somebody approved it' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER pending_acts_collected_once BEFORE UPDATE ON pending_acts FOR EACH ROW EXECUTE FUNCTION pending_acts_collected_once()
-- next
CREATE FUNCTION pending_acts_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'requests are kept' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER pending_acts_is_kept BEFORE DELETE ON pending_acts FOR EACH ROW EXECUTE FUNCTION pending_acts_is_kept()
