"""Who somebody is: normal forms of identifiers, contacts found or created by them, merges, and consent."""
