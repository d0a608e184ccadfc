//! Analyses of a report: finances and logistics.

use strongroom_repository::domain::export::{AnalysisData, FinanceFigures, LogisticsFigures};
use strongroom_repository::domain::{Id, Json};
use strongroom_repository::export::{finance_analysis, logistics_analysis, reports};
use strongroom_repository::{Error, testing};

use crate::export_fixtures::owned;

fn analysis(json: &str) -> AnalysisData {
    AnalysisData::of(Json::parse(json).unwrap()).unwrap()
}

#[test]
fn putting_an_analysis_replaces_the_whole_of_it() {
    testing::check(|tx| {
        let report = owned(tx, "a@x.example").unwrap().report;
        testing::execute(tx, "DELETE FROM export.finance_analysis; DELETE FROM export.logistics_analysis");
        let none = finance_analysis::get_for_report(tx, report);
        assert!(matches!(none, Err(Error::NotFound("finance analysis"))), "{none:?}");
        let figures = FinanceFigures {
            working_capital_data: analysis(r#"{"total": 1250.50, "$serde_json::private::Number": "5"}"#),
            pre_shipment_credit_data: Some(analysis("[1]")),
            rodtep_benefit_data: Some(analysis("[2]")),
            gst_refund_data: Some(analysis("[3]")),
            cash_flow_timeline: Some(analysis("[4]")),
            financing_options: Some(analysis("[5]")),
        };
        let (first, is_new) = finance_analysis::put(tx, report, &figures).unwrap();
        assert_eq!((&first.figures, is_new), (&figures, true));
        assert_eq!(finance_analysis::get_for_report(tx, report).unwrap(), first);
        let fewer = FinanceFigures { cash_flow_timeline: None, financing_options: None, ..figures };
        let (second, is_new) = finance_analysis::put(tx, report, &fewer).unwrap();
        assert_eq!((second.id, second.figures, is_new), (first.id, fewer, false));

        let figures = LogisticsFigures {
            lcl_fcl_comparison: Some(analysis("{}")),
            rms_probability_data: Some(analysis("[1]")),
            route_analysis: Some(analysis("[2]")),
            freight_estimate: Some(analysis("[3]")),
            insurance_recommendation: Some(analysis("[4]")),
        };
        let (first, is_new) = logistics_analysis::put(tx, report, &figures).unwrap();
        assert_eq!((&first.figures, is_new), (&figures, true));
        assert_eq!(logistics_analysis::get_for_report(tx, report).unwrap(), first);
        let fewer = LogisticsFigures { route_analysis: figures.route_analysis, ..Default::default() };
        let (second, is_new) = logistics_analysis::put(tx, report, &fewer).unwrap();
        assert_eq!((second.id, second.figures, is_new), (first.id, fewer, false));
    });
}

#[test]
fn a_report_that_is_not_there_has_no_analysis() {
    testing::check(|tx| {
        let owned = owned(tx, "a@x.example").unwrap();
        let finance = finance_analysis::get_for_report(tx, owned.report).unwrap().figures;
        let logistics = logistics_analysis::get_for_report(tx, owned.report).unwrap().figures;
        reports::soft_delete(tx, owned.report, None).unwrap();
        for report in [owned.report, Id::generate()] {
            let put = finance_analysis::put(tx, report, &finance);
            assert!(matches!(put, Err(Error::NotFound("report"))), "{put:?}");
            let put = logistics_analysis::put(tx, report, &logistics);
            assert!(matches!(put, Err(Error::NotFound("report"))), "{put:?}");
            let got = finance_analysis::get_for_report(tx, report);
            assert!(matches!(got, Err(Error::NotFound("finance analysis"))), "{got:?}");
            let got = logistics_analysis::get_for_report(tx, report);
            assert!(matches!(got, Err(Error::NotFound("logistics analysis"))), "{got:?}");
        }
    });
}
