{{ money_differs('disbursed_differs', 'disbursed_baht') }}
