function y = additionLayer(layer, varargin)
    % ADDITIONLAYER  The sum of the inputs, from first to last.
    %
    %   y = bridge.layers.additionLayer(layer, x1, x2, ...), all of one size.

    y = varargin{1};
    for k = 2:numel(varargin)
        if ~isequal(size(y), size(varargin{k}))
            error('bridge:forward:layer', 'layer ''%s'' adds inputs of different sizes', layer.Name);
        end
        y = y + varargin{k};
    end
end
