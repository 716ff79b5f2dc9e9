-- Where cdr-pusher writes: a view over cdr_import that takes its rows as they are. The pusher
-- sends every value as text, and a missing one as \N; zone-less stamps follow the TimeZone of
-- its role, which is the switch's.
CREATE SCHEMA pusher;

CREATE FUNCTION pusher.given(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value = '\N' THEN NULL ELSE value END $$;

-- A whole number that fits, or NULL.
CREATE FUNCTION pusher.whole(value text) RETURNS integer
    LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value ~ '^\s*-?\d{1,9}(\.\d*)?\s*$' THEN trunc(value::numeric)::integer END $$;

-- A decimal number, or NULL.
CREATE FUNCTION pusher.decimal(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN value ~ '^\s*-?\d+(\.\d*)?\s*$' THEN value::numeric END $$;

CREATE FUNCTION pusher.moment(value text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE AS
$$
BEGIN
    RETURN pusher.given(value)::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

CREATE FUNCTION pusher.document(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE AS
$$
BEGIN
    RETURN pusher.given(value)::jsonb;
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

CREATE FUNCTION pusher.insert_cdr() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pusher, public AS
$$
BEGIN
    INSERT INTO public.cdr_import
        (switch, cdr_source_type, callid, caller_id_number, caller_id_name,
         destination_number, dialcode, state, channel, starting_date, duration, billsec,
         progresssec, answersec, waitsec, hangup_cause_id, hangup_cause, direction,
         country_code, accountcode, buy_rate, buy_cost, sell_rate, sell_cost, extradata)
    VALUES
        (given(NEW.switch), whole(NEW.cdr_source_type), given(NEW.callid),
         given(NEW.caller_id_number), given(NEW.caller_id_name),
         given(NEW.destination_number), given(NEW.dialcode), given(NEW.state),
         given(NEW.channel), moment(NEW.starting_date), whole(NEW.duration),
         whole(NEW.billsec), whole(NEW.progresssec), whole(NEW.answersec),
         whole(NEW.waitsec), whole(NEW.hangup_cause_id), given(NEW.hangup_cause),
         whole(NEW.direction), given(NEW.country_code), given(NEW.accountcode),
         pusher.decimal(NEW.buy_rate), pusher.decimal(NEW.buy_cost),
         pusher.decimal(NEW.sell_rate), pusher.decimal(NEW.sell_cost),
         document(NEW.extradata));
    RETURN NEW;
END
$$;

CREATE TRIGGER insert_cdr INSTEAD OF INSERT ON pusher.cdr_import
    FOR EACH ROW EXECUTE FUNCTION pusher.insert_cdr();
