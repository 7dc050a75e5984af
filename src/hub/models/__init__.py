"""The hub's tables, by subject. ``personal_columns`` names every column that holds something about a person."""

from .audit import AuditEntry
from .batch import Batch
from .capture import Capture
from .connection import Connection, ConnectionKind
from .consent import ConsentEvent, LegalBasis, Purpose
from .contact import Contact, ContactMerge, Identity, IdentityKind
from .credential import Credential, Scope
from .erasure import Erasure, ErasureState, Tombstone
from .event import Event
from .event_rule import EventRule
from .inbox import InboxItem, InboxOutcome
from .installation import HISTORY_FOLDER, CsvLeadPolicy, Installation
from .job import Job, JobState, Schedule
from .judgement import Judgement, JudgementState
from .launch import Launch, LaunchRollup, Strategy
from .launch_lead import Campaign, LaunchDay, LaunchLead, StoredFigures
from .pull import Product, Pull
from .purchase import Purchase, PurchaseStatus
from .rate_budget import RateBudget
from .review import ReviewRequest, ReviewState
from .score import CurrentScore, FeatureSet, Score, ScoreState, Tier
from .spend import Spend
from .subscription import Subscription
from .upload import Upload, UploadKind, UploadState
from .user import Role, User

__all__ = [
    "HISTORY_FOLDER",
    "AuditEntry",
    "Batch",
    "Campaign",
    "Capture",
    "Connection",
    "ConnectionKind",
    "ConsentEvent",
    "Contact",
    "ContactMerge",
    "Credential",
    "CsvLeadPolicy",
    "CurrentScore",
    "Erasure",
    "ErasureState",
    "Event",
    "EventRule",
    "FeatureSet",
    "Identity",
    "IdentityKind",
    "InboxItem",
    "InboxOutcome",
    "Installation",
    "Job",
    "JobState",
    "Judgement",
    "JudgementState",
    "Launch",
    "LaunchDay",
    "LaunchLead",
    "LaunchRollup",
    "LegalBasis",
    "Product",
    "Pull",
    "Purchase",
    "PurchaseStatus",
    "Purpose",
    "RateBudget",
    "ReviewRequest",
    "ReviewState",
    "Role",
    "Schedule",
    "Scope",
    "Score",
    "ScoreState",
    "Spend",
    "StoredFigures",
    "Strategy",
    "Subscription",
    "Tier",
    "Tombstone",
    "Upload",
    "UploadKind",
    "UploadState",
    "User",
]
