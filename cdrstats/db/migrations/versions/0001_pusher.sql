-- Where cdr-pusher writes: a view over cdr_import that takes its rows as they are. The pusher
-- sends every value as text, and a missing one as \N; zone-less stamps follow the TimeZone of
-- its role, which is the switch's.
--
-- A pusher's role may create in `pusher`, where its CREATE TABLE IF NOT EXISTS must pass. So
-- what runs with our rights lives in `pusher_intake`, sees nothing but pg_catalog, and names
-- all else in full.
CREATE SCHEMA pusher;
CREATE SCHEMA pusher_intake;

CREATE FUNCTION pusher_intake.given(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value = '\N' THEN NULL ELSE value END $$;

-- A whole number that fits, or NULL.
CREATE FUNCTION pusher_intake.whole(value text) RETURNS integer
    LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value ~ '^\s*-?\d{1,9}(\.\d*)?\s*$' THEN trunc(value::numeric)::integer END $$;

-- A decimal number of a plausible length, or NULL.
CREATE FUNCTION pusher_intake.money(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value ~ '^\s*-?\d{1,20}(\.\d{0,20})?\s*$' THEN value::numeric END $$;

CREATE FUNCTION pusher_intake.moment(value text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    RETURN pusher_intake.given(value)::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

CREATE FUNCTION pusher_intake.document(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    RETURN pusher_intake.given(value)::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN jsonb_build_object('text', value);
END
$$;

CREATE VIEW pusher.cdr_import AS
    SELECT id, switch, cdr_source_type::text, callid, caller_id_number, caller_id_name,
           destination_number, dialcode, state, channel, starting_date::text, duration::text,
           billsec::text, progresssec::text, answersec::text, waitsec::text,
           hangup_cause_id::text, hangup_cause, direction::text, country_code, accountcode,
           buy_rate::text, buy_cost::text, sell_rate::text, sell_cost::text, extradata::text,
           imported
    FROM public.cdr_import;

-- A value that cannot be read is kept under "unreadable", and mediation rejects the row.
CREATE FUNCTION pusher_intake.insert_cdr() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    started timestamptz := pusher_intake.moment(NEW.starting_date);
    extra jsonb := pusher_intake.document(NEW.extradata);
    unreadable jsonb;
BEGIN
    SELECT jsonb_object_agg(t.name, t.value) INTO unreadable
    FROM (VALUES
        ('starting_date', NEW.starting_date, started::text),
        ('cdr_source_type', NEW.cdr_source_type, pusher_intake.whole(NEW.cdr_source_type)::text),
        ('duration', NEW.duration, pusher_intake.whole(NEW.duration)::text),
        ('billsec', NEW.billsec, pusher_intake.whole(NEW.billsec)::text),
        ('progresssec', NEW.progresssec, pusher_intake.whole(NEW.progresssec)::text),
        ('answersec', NEW.answersec, pusher_intake.whole(NEW.answersec)::text),
        ('waitsec', NEW.waitsec, pusher_intake.whole(NEW.waitsec)::text),
        ('hangup_cause_id', NEW.hangup_cause_id, pusher_intake.whole(NEW.hangup_cause_id)::text),
        ('direction', NEW.direction, pusher_intake.whole(NEW.direction)::text),
        ('buy_rate', NEW.buy_rate, pusher_intake.money(NEW.buy_rate)::text),
        ('buy_cost', NEW.buy_cost, pusher_intake.money(NEW.buy_cost)::text),
        ('sell_rate', NEW.sell_rate, pusher_intake.money(NEW.sell_rate)::text),
        ('sell_cost', NEW.sell_cost, pusher_intake.money(NEW.sell_cost)::text)
    ) AS t (name, value, understood)
    WHERE t.understood IS NULL AND t.value NOT IN ('\N', '');
    IF unreadable IS NOT NULL THEN
        extra := jsonb_build_object('unreadable', unreadable) ||
            CASE WHEN jsonb_typeof(extra) = 'object' THEN extra ELSE '{}'::jsonb END;
    END IF;
    INSERT INTO public.cdr_import
        (switch, cdr_source_type, callid, caller_id_number, caller_id_name,
         destination_number, dialcode, state, channel, starting_date, duration, billsec,
         progresssec, answersec, waitsec, hangup_cause_id, hangup_cause, direction,
         country_code, accountcode, buy_rate, buy_cost, sell_rate, sell_cost, extradata)
    VALUES
        (pusher_intake.given(NEW.switch), pusher_intake.whole(NEW.cdr_source_type),
         pusher_intake.given(NEW.callid), pusher_intake.given(NEW.caller_id_number),
         pusher_intake.given(NEW.caller_id_name), pusher_intake.given(NEW.destination_number),
         pusher_intake.given(NEW.dialcode), pusher_intake.given(NEW.state),
         pusher_intake.given(NEW.channel), started, pusher_intake.whole(NEW.duration),
         pusher_intake.whole(NEW.billsec), pusher_intake.whole(NEW.progresssec),
         pusher_intake.whole(NEW.answersec), pusher_intake.whole(NEW.waitsec),
         pusher_intake.whole(NEW.hangup_cause_id), pusher_intake.given(NEW.hangup_cause),
         pusher_intake.whole(NEW.direction), pusher_intake.given(NEW.country_code),
         pusher_intake.given(NEW.accountcode), pusher_intake.money(NEW.buy_rate),
         pusher_intake.money(NEW.buy_cost), pusher_intake.money(NEW.sell_rate),
         pusher_intake.money(NEW.sell_cost), extra);
    RETURN NEW;
END
$$;

CREATE TRIGGER insert_cdr INSTEAD OF INSERT ON pusher.cdr_import
    FOR EACH ROW EXECUTE FUNCTION pusher_intake.insert_cdr();
