"""What the scripts are made of: tables, claims, rules and figures, of one sim or shared by several."""
