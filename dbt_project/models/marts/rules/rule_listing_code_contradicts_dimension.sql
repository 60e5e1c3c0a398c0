{#- มิติที่ 2 การบริหารราชการ… or ๒. การบริหารราชการ…; a number further on (ไทยแลนด์ 4.0) is none. -#}
{{ code_contradicts('dimension', ('มิติที่', 'dimension'), '^[^0-9]{0,10}([0-9]{1,2})([^0-9]|$)') }}
