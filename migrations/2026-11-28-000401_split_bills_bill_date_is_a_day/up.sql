-- A bill has a day, not a moment. The column keeps its type, so that rows and queries stay as they are.

COMMENT ON COLUMN split.bills.bill_date IS 'The day of the bill: its midnight in UTC (in older rows a time of that day)';
