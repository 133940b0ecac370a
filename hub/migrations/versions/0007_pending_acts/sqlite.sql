CREATE TRIGGER pending_acts_begins_as_pending BEFORE INSERT ON pending_acts WHEN NEW.state <> 'pending' OR NEW.decided_by IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an act of power begins with a request'); END
-- next
CREATE TRIGGER pending_acts_request_stays BEFORE UPDATE ON pending_acts WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.object_kind <> OLD.object_kind OR NEW.object_id <> OLD.object_id OR NEW.payload_hash <> OLD.payload_hash OR CAST(NEW.payload AS TEXT) IS NOT CAST(OLD.payload AS TEXT) OR NEW.reason <> OLD.reason OR NEW.requested_by <> OLD.requested_by OR NEW.requested_at <> OLD.requested_at OR NEW.expires_at <> OLD.expires_at BEGIN SELECT RAISE(ABORT, 'what was requested never changes'); END
-- next
CREATE TRIGGER pending_acts_end_is_final BEFORE UPDATE ON pending_acts WHEN OLD.state <> 'pending' AND (NEW.state <> OLD.state OR NEW.decided_by IS NOT OLD.decided_by OR NEW.decided_at IS NOT OLD.decided_at) BEGIN SELECT RAISE(ABORT, 'a request that has ended stays ended'); END
-- next
CREATE TRIGGER pending_acts_collected_once BEFORE UPDATE ON pending_acts WHEN NEW.collected_at IS NOT OLD.collected_at AND (OLD.collected_at IS NOT NULL OR NEW.state <> 'done') BEGIN SELECT RAISE(ABORT, 'what an act gives is taken once, after somebody approved it'); END
-- next
CREATE TRIGGER pending_acts_is_kept BEFORE DELETE ON pending_acts WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'requests are kept'); END
