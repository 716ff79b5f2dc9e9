-- The decided windows of a rule of which calls were counted again since, oldest first; also those
-- of calls that began before, and may reach into it.
SELECT w.window_start
FROM alarm_window AS w
WHERE w.rule_id = :rule_id
  AND w.window_end > :since
  AND w.verdict NOT IN ('maintenance', 'holiday')
  AND EXISTS (
      SELECT FROM rollup_counted AS c
      WHERE c.slot > w.window_start - INTERVAL '15 minutes' - CAST(:reaching AS interval)
        AND c.slot < w.window_end
        AND c.counted_at > w.counted_until
  )
ORDER BY w.window_start
