SELECT 1;
  \restricted
