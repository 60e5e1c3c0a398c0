{{ money_differs('budget_plan_differs', 'budget_plan_baht') }}
