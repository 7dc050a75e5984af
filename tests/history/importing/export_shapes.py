# ruff: noqa: DTZ001, S311  (days without a zone, as exports have them, and draws for made-up rows)
"""Exports as strangers bring them: small, made up and always the same, for the tests of proposed mappings.

Each shape is a function that returns its files by name. The table of docs/importing.md is made of them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random as _Random

Files = dict[str, str | bytes]

_NAMES = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Felipe", "Gabriela", "Hugo")
_LAUNCHES = (datetime(2024, 3, 11, 10), datetime(2024, 6, 10, 10), datetime(2024, 9, 9, 10), datetime(2024, 12, 2, 10))


def _join(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def _address(number: int) -> str:
    return f"{_NAMES[number % 8].lower()}{number}@example.org"


def make_launches(people: int = 150, campaign: Callable[[datetime], str] = "captacao-{:%Y-%m}".format) -> Files:
    """A marketplace's sales and a mail program's contacts: four launches, and no sale between them."""
    random, sales, contacts = _Random(1), [], []
    for opens in _LAUNCHES:
        for _ in range(people):
            number = len(contacts)
            captured = opens - timedelta(hours=random.uniform(1, 21 * 24))
            income = random.choice(("até 3 mil", "3 a 6 mil", "mais de 6 mil"))
            medium = random.choice(("cpc", "organico", "email"))
            name = _NAMES[number % 8]
            tags = '"lista, aluno"' if number % 3 else "lista"
            contacts.append(
                f"{number + 7000},{_address(number)},{name},Prado,+55 11 9{number:08},{captured:%Y-%m-%d %H:%M:%S},"
                f"{tags},facebook,{medium},{campaign(opens)},{income}"
            )
            if random.random() < (0.06 if income == "até 3 mil" else 0.25):
                sold = opens + timedelta(hours=random.uniform(0, 5 * 24))
                status = random.choice(("Aprovado", "Completo", "Completo", "Reembolsado"))
                sales.append(
                    f"HP{len(sales) + 10**9};{sold:%d/%m/%Y %H:%M:%S};{status};Curso de Bolos;771;{_address(number)};"
                    f"{name} Prado;BRL;R$ 1.297,00;Cartão de Crédito;{random.choice((1, 6, 12))}"
                )
    head = "ID,Email,First Name,Last Name,Phone,Date Created,Tags,utm_source,utm_medium,utm_campaign,Renda"
    sold_head = (
        "Transação;Data de Venda;Status;Produto;Código do Produto;E-mail;Nome;Moeda;Preço Total;"
        "Método de Pagamento;Parcelas"
    )
    return {"vendas.csv": _join(sold_head, sales).encode("windows-1252"), "contatos.csv": _join(head, contacts)}


def make_deals() -> Files:
    """A CRM's contacts and deals: a contact may have several deals, some won, some lost, some open."""
    random, contacts, deals = _Random(2), [], []
    for number in range(200):
        record = 90_000_001 + 13 * number
        created = datetime(2024, 1, 3, 9) + timedelta(days=random.uniform(0, 300))
        activity = created + timedelta(days=random.uniform(1, 40))
        contacts.append(
            f"{record},{_NAMES[number % 8]},Prado,{_address(number)},{created:%Y-%m-%d %H:%M},"
            f"{activity:%Y-%m-%d %H:%M},"
            f"{random.choice(('No', 'No', 'Yes'))},{random.choice(('Organic Search', 'Paid Social', 'Referrals'))},"
        )
        for _ in range(random.choice((0, 0, 1, 1, 2))):
            stage = random.choice(("Closed Won", "Closed Lost", "Closed Lost", "Proposal Sent"))
            opened = created + timedelta(days=random.uniform(0, 20))
            closed = f'"{opened + timedelta(days=random.uniform(3, 30)):%b %d, %Y}"'
            deals.append(
                f"{5_000_000 + len(deals)},Mentoring {len(deals)},{stage},Sales,{random.choice((900, 1500, 2400))}.00,"
                f'"{opened:%b %d, %Y}",'
                f"{'' if stage == 'Proposal Sent' else closed},{record},Olga"
            )
    head = "Record ID,First Name,Last Name,Email,Create Date,Last Activity Date,Do Not Email,Original Source,"
    deal_head = "Deal ID,Deal Name,Deal Stage,Pipeline,Amount,Create Date,Close Date,Associated Contact ID,Deal Owner"
    return {"contacts.csv": _join(head, contacts), "deals.csv": _join(deal_head, deals)}


def make_converted_leads() -> Files:
    """A CRM's leads in one file, each with its creation, and whether and when it was converted."""
    random, rows = _Random(3), []
    for number in range(240):
        created = datetime(2024, 1, 1) + timedelta(days=random.uniform(0, 330))
        won = random.random() < 0.2
        converted = f"{created + timedelta(days=random.uniform(2, 25)):%d-%b-%Y}" if won else ""
        rows.append(
            f"00Q5e{number:05}AAX,{_NAMES[number % 8]},Lima,{created:%d-%b-%Y},{random.choice(('Web', 'Event', 'Ad'))},"
            f"{random.choice(('Hot', 'Warm', 'Cold'))},{random.choice(('true', 'false'))},"
            f"{str(won).lower()},{converted}"
        )
    head = "Lead ID,First Name,Last Name,Created Date,Lead Source,Rating,Do Not Call,Converted,Converted Date"
    return {"leads_report.csv": _join(head, rows)}


def make_funnel() -> Files:
    """Two files of a funnel: qualified leads and the deals that were closed, with one key."""
    random, leads, deals = _Random(4), [], []
    for _ in range(400):
        key = f"{random.getrandbits(128):032x}"
        first = datetime(2021, 12, 1) + timedelta(days=random.randrange(300))
        leads.append(
            f"{key},{first:%Y-%m-%d},{random.getrandbits(64) % 20:032x},"
            f"{random.choice(('social', 'paid_search', 'organic_search', 'email', ''))}"
        )
        if random.random() < 0.12:
            won = first + timedelta(days=random.uniform(2, 60))
            deals.append(
                f"{key},{random.getrandbits(128):032x},{random.getrandbits(64) % 9:032x},{won:%Y-%m-%d %H:%M:%S},"
                f"{random.choice(('pet', 'audio', 'home_decor'))},{random.choice(('online_big', 'offline'))},0"
            )
    head = "mql_id,first_contact_date,landing_page_id,origin"
    deal_head = "mql_id,seller_id,sdr_id,won_date,business_segment,lead_type,declared_monthly_revenue"
    return {"qualified_leads.csv": _join(head, leads), "closed_deals.csv": _join(deal_head, deals)}


def make_donations() -> Files:
    """Donations without a header row: day, receipt, donor, amount, how it was paid."""
    random, rows = _Random(5), []
    for number in range(500):
        day = datetime(2022, 1, 1) + timedelta(days=number * 1.9)
        amount = f"{random.choice((20, 50, 50, 100, 250))},{random.choice((0, 0, 50)):02}"
        rows.append(
            f"{day:%Y%m%d};R{number + 30_000};{1000 + random.randrange(140)};{amount};"
            f"{random.choice(('PIX', 'boleto'))}"
        )
    return {"doacoes.txt": "\n".join(rows) + "\n"}


def make_courses() -> Files:
    """A course platform: sign-ups, payments and ratings of one ``student_id``, and the courses."""
    random, students, payments, ratings = _Random(6), [], [], []
    for number in range(220):
        student = f"S{4000 + number}"
        joined = datetime(2023, 2, 1) + timedelta(days=random.uniform(0, 330))
        students.append(
            f"{student},{joined:%Y.%m.%d},{random.choice(('BR', 'PT', 'US'))},{random.choice(('web', 'app'))}"
        )
        for _ in range(random.choice((0, 0, 1, 2))):
            course, paid = random.randrange(1, 7), joined + timedelta(days=random.uniform(1, 60))
            payments.append(f"P{len(payments) + 1:06},{student},C{course},{paid:%Y.%m.%d},{19 * course}.90")
            if random.random() < 0.6:
                rated = paid + timedelta(days=random.uniform(5, 30))
                ratings.append(f"{student},C{course},{random.randrange(1, 6)},{rated:%Y.%m.%d}")
    courses = [f"C{number},Course {number},{number * 4}" for number in range(1, 7)]
    return {
        "students.csv": _join("student_id,joined,country,device", students),
        "payments.csv": _join("payment_id,student_id,course_id,paid_on,price", payments),
        "ratings.csv": _join("student_id,course_id,rating,rated_on", ratings),
        "courses.csv": _join("course_id,title,hours", courses),
    }


def make_tickets() -> Files:
    """Tickets of events, an attendee a row."""
    random, rows = _Random(7), []
    for number in range(300):
        ordered = datetime(2024, 2, 1) + timedelta(days=random.uniform(0, 280))
        buyer = random.randrange(170)
        rows.append(
            f'{7_000_000 + number},"{ordered:%b %d, %Y %I:%M %p}",'
            f"{_NAMES[buyer % 8]},Souza,{_address(buyer)},1,"
            f"{random.choice(('Early Bird', 'Regular', 'VIP'))},{random.choice((49, 89, 190))}.00,USD,"
            f"{random.choice(('Attending', 'Attending', 'Checked In', 'Not Attending'))},Baking Live"
        )
    head = (
        "Order #,Order Date,First Name,Surname,Email Address,Quantity,Ticket Type,Total Paid,Currency,Attendee Status,"
        "Event Name"
    )
    return {"attendees.csv": _join(head, rows)}


def make_audience() -> Files:
    """A mail program's audience and a payment provider's charges."""
    random, members, charges = _Random(8), [], []
    for number in range(260):
        joined = datetime(2023, 11, 1) + timedelta(days=random.uniform(0, 330))
        members.append(
            f"{_address(number)},{_NAMES[number % 8]},Reis,{random.randrange(1, 6)},{joined:%Y-%m-%d %H:%M:%S},"
            f"203.0.113.{number % 250},{joined + timedelta(minutes=3):%Y-%m-%d %H:%M:%S},{500_000 + number},"
            f"{random.getrandbits(40):010x},"
        )
        for _ in range(random.choice((0, 0, 0, 1, 2))):
            paid = joined + timedelta(days=random.uniform(0, 80))
            charges.append(
                f"ch_{random.getrandbits(96):024x},{paid:%Y-%m-%d %H:%M},{random.choice((29, 97))}.00,0.00,usd,"
                f"{random.choice(('Paid', 'Paid', 'Paid', 'Refunded', 'Failed'))},cus_{number:014},{_address(number)},"
                "Visa"
            )
    head = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID,NOTES"
    charge_head = "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Customer Email,Card Brand"
    return {"subscribed_members.csv": _join(head, members), "unified_payments.csv": _join(charge_head, charges)}


def make_account_activity() -> Files:
    """A payment account's activity, day and hour in two columns."""
    random, rows = _Random(9), []
    for _ in range(320):
        at = datetime(2024, 1, 2) + timedelta(days=random.uniform(0, 300))
        payer, gross = random.randrange(150), random.choice((37, 120, 1250))
        fee = gross * 0.05
        rows.append(
            f'"{at:%m/%d/%Y}","{at:%H:%M:%S}","PST","{_NAMES[payer % 8]} Alves","Website Payment",'
            f'"{random.choice(("Completed", "Completed", "Pending", "Refunded"))}","USD","{gross:,.2f}","-{fee:,.2f}",'
            f'"{gross - fee:,.2f}","{_address(payer)}","shop@example.com","{random.getrandbits(60):017d}"'
        )
    head = (
        '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address",'
        '"To Email Address","Transaction ID"'
    )
    return {"activity.csv": _join(head, rows)}


def make_households() -> Files:
    """Households with coupons: campaigns with their days, redemptions, baskets, and who the households are."""
    random, baskets, redeemed, people = _Random(10), [], [], []
    for household in range(1, 161):
        people.append(f"{household},{random.choice(('19-24', '25-34', '35-44'))},{random.choice(('A', 'B', 'U'))}")
        for _ in range(random.randrange(1, 8)):
            day = random.uniform(0, 360)
            at = datetime(2024, 1, 1) + timedelta(days=day)
            baskets.append(f"{2_600_000 + len(baskets)},{household},{at:%Y%m%d},{random.uniform(2, 90):.2f},store 3")
            if random.random() < 0.15:
                redeemed.append(f"{household},{at:%Y%m%d},{random.randrange(1, 4)},{10_000_085_364 + household % 9}")
    campaigns = ["1,TypeA,20240301,20240331", "2,TypeB,20240601,20240630", "3,TypeA,20240915,20241015"]
    return {
        "transactions.csv": _join("basket_id,household_key,day,sales_value,store", baskets),
        "coupon_redemptions.csv": _join("household_key,day,campaign,coupon_upc", redeemed),
        "campaigns.csv": _join("campaign,description,start_day,end_day", campaigns),
        "households.csv": _join("household_key,age_group,marital_status", people),
    }


def make_scored_people() -> Files:
    """People with answers and an outcome, without any time; two columns are ids."""
    random, rows = _Random(11), []
    for number in range(300):
        won = random.random() < 0.3
        rows.append(
            f"{random.getrandbits(128):032x},{660_737 - 7 * number},{random.choice(('API', 'Landing Page'))},"
            f"{random.choice(('Google', 'Direct', 'Chat'))},{random.choice(('No', 'No', 'Yes'))},{int(won)},"
            f"{random.randrange(12)},{random.randrange(2000)},"
            f"{random.choice(('Email Opened', 'SMS Sent', 'Page Visited'))},"
            f"{random.choice(('Mumbai', 'Thane', 'Select'))}"
        )
    head = (
        "Prospect ID,Lead Number,Lead Origin,Lead Source,Do Not Email,Converted,TotalVisits,Time on Website,"
        "Last Activity,City"
    )
    return {"Leads.csv": _join(head, rows)}


#: Every shape by what its owner would call it.
SHAPES: dict[str, Callable[[], Files]] = {
    "Marketplace sales and mail contacts (Hotmart, ActiveCampaign)": make_launches,
    "CRM contacts and deals (HubSpot, Pipedrive)": make_deals,
    "CRM leads with a conversion date (Salesforce)": make_converted_leads,
    "Funnel in two files with a shared key (Olist)": make_funnel,
    "Donations without a header row": make_donations,
    "Course platform: sign-ups, payments, ratings": make_courses,
    "Event tickets (Eventbrite, Sympla)": make_tickets,
    "Mail audience and card payments (Mailchimp, Stripe)": make_audience,
    "Payment account, day and hour apart (PayPal)": make_account_activity,
    "Households, baskets and coupons": make_households,
    "Labelled leads without times": make_scored_people,
}
