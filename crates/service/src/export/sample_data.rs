//! Three exporters: turmeric powder to the European Union, LED lamps to the United States, software to the United Kingdom.

use domain::export::{BusinessType, CompanySize, MonthlyVolume, NewUser};
use domain::{CompanyName, Email};
use repository::Tx;

use super::users;
use crate::Result;
use crate::system::parse;

struct Exporter {
    email: &'static str,
    company: &'static str,
    business_type: BusinessType,
    company_size: CompanySize,
    monthly_volume: Option<i64>,
}

const EXPORTERS: [Exporter; 3] = [
    Exporter {
        email: "meera@suvarna-spices.example",
        company: "Suvarna Spices Pvt. Ltd.",
        business_type: BusinessType::Manufacturing,
        company_size: CompanySize::Small,
        monthly_volume: Some(1200),
    },
    Exporter {
        email: "export@deepak-lighting.example",
        company: "Deepak Lighting Works",
        business_type: BusinessType::Merchant,
        company_size: CompanySize::Medium,
        monthly_volume: Some(5000),
    },
    Exporter {
        email: "hello@ledgerly.example",
        company: "Ledgerly Software LLP",
        business_type: BusinessType::SaaS,
        company_size: CompanySize::Micro,
        monthly_volume: None,
    },
];

/// Loads the sample data, unless it is there; returns whether it did.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<bool> {
    let mut loaded = false;
    for exporter in &EXPORTERS {
        let new = parse(|fields| {
            let email = fields.take("/email", Email::parse(exporter.email));
            let company_name = fields.take("/company_name", CompanyName::parse(exporter.company));
            let volume = exporter.monthly_volume.map(MonthlyVolume::new);
            let monthly_volume = fields.take_optional("/monthly_volume", volume);
            let Exporter { business_type, company_size, .. } = *exporter;
            Some(NewUser {
                email: email?,
                business_type,
                company_size,
                company_name,
                monthly_volume: monthly_volume?,
            })
        })?;
        if users::find_id_by_email(tx, &new.email)?.is_none() {
            users::create(tx, new)?;
            loaded = true;
        }
    }
    Ok(loaded)
}
