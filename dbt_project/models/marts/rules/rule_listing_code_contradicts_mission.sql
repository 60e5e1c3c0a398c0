{#- 1.1 การเสริมสร้าง… or ภารกิจตามมิติที่ ๑.๑ …. Under another dimension it is that rule's. -#}
{{ code_contradicts('mission', ('ภารกิจที่', 'mission'), '^[^0-9]{0,20}([0-9]{1,2}[.][0-9]{1,2})([.]?[^0-9.]|[.]?$)') }}
    and split_part(l.stated, '.', 1) = b.dimension
