{# What speaks for a pair of int_listing_match, in words and points, joined by middle dots. #}
{% macro match_evidence(alias, language) -%}
    {%- set m = alias -%}
    {%- set said = {
        'th': {
            'name': 'ชื่อ', 'plan': 'งบประมาณ', 'disbursed': 'เบิกจ่าย', 'dimension': 'มิติ', 'status': 'สถานะ',
            'same': 'ตรงกัน', 'same_odd': 'ตรงกันทุกบาท', 'same_round': 'ตรงกัน (จำนวนกลม)', 'both_none': 'ไม่มีทั้งสองฝั่ง',
            'one_none': 'มีฝั่งเดียว', 'differ': 'ไม่ตรงกัน',
        },
        'en': {
            'name': 'names', 'plan': 'budget', 'disbursed': 'disbursed', 'dimension': 'dimension', 'status': 'status',
            'same': 'the same', 'same_odd': 'the same to the satang', 'same_round': 'the same, a round sum',
            'both_none': 'none on either side', 'one_none': 'on one side only', 'differ': 'different',
        },
    }[language] -%}
    concat(
        '{{ said.name }} ', cast({{ nearest_whole('100 * ' ~ m ~ '.name_spelling') }} as string), '%'
        {%- for part in ['plan', 'disbursed', 'dimension', 'status'] %},
        ' · {{ said[part] }}: ',
        case {{ m }}.{{ part }}_agreement
            {%- for code in ['same', 'same_odd', 'same_round', 'both_none', 'one_none', 'differ'] %}
            when '{{ code }}' then '{{ said[code] }}'
            {%- endfor %}
        end
        {%- endfor %}
    )
{%- endmacro %}
