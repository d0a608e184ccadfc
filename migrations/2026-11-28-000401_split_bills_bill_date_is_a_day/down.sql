COMMENT ON COLUMN split.bills.bill_date IS 'When it was paid';
